"""Negative pairs, posts of two topics: drawn at random from all posts or from a cluster, or the nearest ones."""

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
    """Rows to draw from, ascending, without the post's own topic: the places from `low` to before `high`."""

    rows: Sequence[int]
    low: int
    high: int

    def __len__(self) -> int:
        return len(self.rows) - (self.high - self.low)

    def __getitem__(self, place: int) -> int:
        return self.rows[place if place < self.low else place + self.high - self.low]


def draw_negatives(posts: Posts, clusters: Labels, per_post: int, draw: random.Random) -> tuple[list[RowPair], int]:
    """Draw for each post up to `per_post` posts of other topics from its cluster.

    If a cluster has too few, the rest is drawn from all posts. No two rows are paired twice, in either order.

    *Shape:* clusters ``(len(posts),)``; all zero to draw from all posts.

    Returns:
        The pairs, and how many of them were drawn from all posts because the cluster had too few.
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
    """Return for each post the `per_post` nearest posts of other topics after the `skip` nearest ones.

    Posts with a cosine above `max_cosine` are passed over: their topic is probably a duplicate. A pair that both of
    its posts choose is returned once.

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
    """Yield for each row the columns of its greatest values after the first `skip`, without those above the maximum.

    *Shape:* cosines ``(n, posts)``, overwritten; `others` counts the columns that are not minus infinity.
    """
    above = cosines > (np.inf if max_cosine is None else max_cosine)
    passed = np.minimum(above.sum(axis=1), skip)  # they are among the nearest, so they count as skipped
    allowed = others - above.sum(axis=1)
    cosines[above] = -np.inf
    depth = min(skip + per_post, cosines.shape[1])
    nearest = np.argpartition(cosines, -depth, axis=1)[:, -depth:]  # (n, depth)
    order = np.argsort(-np.take_along_axis(cosines, nearest, axis=1), axis=1, kind="stable")
    for line, first, count in zip(np.take_along_axis(nearest, order, axis=1), skip - passed, allowed, strict=True):
        yield line[:count][first : first + per_post].tolist()


def _draw(row: int, pool: _Pool, count: int, used: set[RowPair], draw: random.Random) -> list[int]:
    """Draw up to `count` rows of the pool that `row` is not paired with yet, and add the pairs to `used`."""
    drawn: list[int] = []
    tries = _TRIES * count if len(pool) else 0
    while len(drawn) < count and tries:
        tries -= 1
        other = pool[draw.randrange(len(pool))]
        if _add(row, other, used):
            drawn.append(other)
    if len(drawn) < count:  # few are left: list them all
        left = [other for other in map(pool.__getitem__, range(len(pool))) if _pair(row, other) not in used]
        for other in draw.sample(left, min(count - len(drawn), len(left))):
            _add(row, other, used)
            drawn.append(other)
    return drawn


def _add(row: int, other: int, used: set[RowPair]) -> bool:
    """Add a pair; False if it is there already."""
    before = len(used)
    used.add(_pair(row, other))
    return len(used) > before


def _pair(row: int, other: int) -> RowPair:
    return (row, other) if row < other else (other, row)
