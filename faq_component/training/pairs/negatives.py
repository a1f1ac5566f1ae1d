"""Pairs of posts of different topics: drawn at random, from a part of the posts, or the nearest."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from faq_component.encoders import Vectors
from faq_component.training.pairs.clusters import Labels
from faq_component.training.pairs.posts import Posts

RowPair = tuple[int, int]

_TRIES = 20
_BATCH = 1_024


@dataclass(frozen=True)
class _Pool:
    """Rows to draw from, ascending; those from place `low` to before `high` are of the drawing post's own topic."""

    rows: Sequence[int]
    low: int
    high: int

    def __len__(self) -> int:
        return len(self.rows) - (self.high - self.low)

    def __getitem__(self, place: int) -> int:
        return self.rows[place if place < self.low else place + self.high - self.low]


def draw_negatives(posts: Posts, clusters: Labels, per_post: int, draw: random.Random) -> tuple[list[RowPair], int]:
    """For each post, up to `per_post` posts of other topics out of its cluster.

    Where a cluster has too few, the rest is drawn from all posts. No two rows are paired twice, in either order.

    *Shape:* clusters ``(len(posts),)``; all zero to draw from all posts.

    Returns:
        The pairs, and how many of them were drawn from all posts for want of others.
    """
    everything = range(len(posts))
    members = [np.flatnonzero(clusters == number).tolist() for number in range(int(clusters.max(initial=-1)) + 1)]
    used: set[RowPair] = set()
    pairs: list[RowPair] = []
    filled = 0
    for row in everything:
        own = posts.own_topic(row)
        near = members[clusters[row]]
        inside = _draw(row, _Pool(near, *(bisect_left(near, end) for end in own)), per_post, used, draw)
        outside = _draw(row, _Pool(everything, *own), per_post - len(inside), used, draw)
        pairs += [(row, other) for other in (*inside, *outside)]
        filled += len(outside)
    return pairs, filled


def hard_negatives(
    posts: Posts, vectors: Vectors, per_post: int, *, skip: int = 0, max_cosine: float | None = None
) -> list[RowPair]:
    """For each post, the `per_post` nearest posts of other topics behind the `skip` nearest ones.

    Those nearer than `max_cosine` are passed over: they probably belong to a topic that is there twice. A pair that
    both of its posts name is given once.

    *Shape:* vectors ``(len(posts), dim)``, of unit length.
    """
    pairs: dict[RowPair, RowPair] = {}
    for low, high in posts.spans.values():
        for start in range(low, high, _BATCH):
            batch = range(start, min(start + _BATCH, high))
            cosines = vectors[start : batch.stop] @ vectors.T  # (len(batch), len(posts))
            cosines[:, low:high] = -np.inf
            found = _nearest(cosines, len(posts) - (high - low), per_post, skip, max_cosine)
            for row, near in zip(batch, found, strict=True):
                for other in near:
                    pairs.setdefault(_pair(row, other), (row, other))
    return list(pairs.values())


def _nearest(cosines: Vectors, others: int, per_post: int, skip: int, max_cosine: float | None) -> Iterator[list[int]]:
    """For each line, the columns of its greatest values behind the first `skip`, those above the maximum left out.

    *Shape:* cosines ``(n, posts)``, overwritten; `others` is how many columns are not minus infinity.
    """
    above = cosines > (np.inf if max_cosine is None else max_cosine)
    passed = np.minimum(above.sum(axis=1), skip)  # they are among the first anyway
    allowed = others - above.sum(axis=1)
    cosines[above] = -np.inf
    depth = min(skip + per_post, cosines.shape[1])
    nearest = np.argpartition(cosines, -depth, axis=1)[:, -depth:]  # (n, depth)
    order = np.argsort(-np.take_along_axis(cosines, nearest, axis=1), axis=1, kind="stable")
    for line, first, count in zip(np.take_along_axis(nearest, order, axis=1), skip - passed, allowed, strict=True):
        yield line[:count][first : first + per_post].tolist()


def _draw(row: int, pool: _Pool, count: int, used: set[RowPair], draw: random.Random) -> list[int]:
    """Up to `count` rows of the pool that `row` is not paired with yet; notes the pairs in `used`."""
    drawn: list[int] = []
    tries = _TRIES * count if len(pool) else 0
    while len(drawn) < count and tries:
        tries -= 1
        other = pool[draw.randrange(len(pool))]
        if _note(row, other, used):
            drawn.append(other)
    if len(drawn) < count:  # few are left: look at each
        left = [other for other in map(pool.__getitem__, range(len(pool))) if _pair(row, other) not in used]
        for other in draw.sample(left, min(count - len(drawn), len(left))):
            _note(row, other, used)
            drawn.append(other)
    return drawn


def _note(row: int, other: int, used: set[RowPair]) -> bool:
    """Note a pair; False where it was noted before."""
    before = len(used)
    used.add(_pair(row, other))
    return len(used) > before


def _pair(row: int, other: int) -> RowPair:
    return (row, other) if row < other else (other, row)
