"""Training pairs drawn from a knowledge base: posts of one topic are the same, posts of two are not.

The strategies are those of the write-up "FAQ: semantic recall based on BERT": negatives from everywhere (global), from
a cluster of near posts (local), and besides them the nearest posts of other topics (hard).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from faq_component.encoders import Vectors
from faq_component.errors import SettingsError
from faq_component.knowledge.topics import Faq
from faq_component.training.pairs.clusters import cluster
from faq_component.training.pairs.examples import Example
from faq_component.training.pairs.negatives import RowPair, draw_negatives, hard_negatives
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling_settings import SamplingSettings

T = TypeVar("T")


@dataclass(frozen=True)
class SampleCounts:
    """What was drawn.

    `clusters` is how many were asked for (0 where none were), `filled` the negatives that were drawn from all posts
    because the cluster had too few, `ambiguous` the posts left out because they stand in several topics; `cut` is how
    many pairs the balance removed.
    """

    positives: int
    negatives: int
    clusters: int
    filled: int
    ambiguous: int
    cut: int


@dataclass(frozen=True)
class Sample:
    """Training pairs, the positive ones first; their groups are topic ids."""

    examples: list[Example]
    counts: SampleCounts


def sample(faq: Faq, settings: SamplingSettings, vectors: Vectors | None = None) -> Sample:
    """Draw training pairs; the same for the same settings, whatever the order of the topics.

    *Shape:* vectors ``(n, dim)`` of unit length, one for each of ``Posts.of(faq).texts``; the strategies ``local`` and
    ``hard`` need them.

    Raises:
        SettingsError: the vectors are missing, or not as many as there are posts.
    """
    posts = Posts.of(faq)
    _check_vectors(posts, settings, vectors)
    positives = positive_rows(posts, settings.positives_per_post, settings.seed)
    negatives, clusters, filled = _negative_rows(posts, settings, vectors)
    kept = _balance(positives, negatives, settings)
    cut = len(positives) + len(negatives) - sum(map(len, kept))
    counts = SampleCounts(len(kept[0]), len(kept[1]), clusters, filled, posts.ambiguous, cut)
    return Sample([*_examples(posts, kept[0], same=True), *_examples(posts, kept[1], same=False)], counts)


def positive_rows(posts: Posts, per_post: int, seed: int = 0) -> list[RowPair]:
    """For each post, up to `per_post` other posts of its topic, as rows; no two posts are paired twice.

    The posts of a topic are laid on a circle in random order, and each is paired with the next one and with those at
    random distances, `per_post` in all. The next one, so that the pairs of a topic hang together: who reads them from a
    file knows topics by that (`from_pairs`). On a circle of n no distance up to (n - 1) / 2 gives a pair twice; at
    n / 2 half of the circle does.
    """
    draw = random.Random(f"{seed}-positives")  # noqa: S311 (a sample, not a secret)
    pairs = []
    for low, high in posts.spans.values():
        circle = draw.sample(range(low, high), high - low)
        size = len(circle)
        count = min(per_post, (size - 1) // 2)
        distances = [1, *draw.sample(range(2, (size + 1) // 2), count - 1)] if count else []
        steps = [(place, distance) for place in range(size) for distance in distances]
        if len(distances) < per_post and size % 2 == 0:
            steps += [(place, size // 2) for place in range(size // 2)]
        pairs += [(circle[place], circle[(place + distance) % size]) for place, distance in steps]
    return pairs


def _negative_rows(posts: Posts, settings: SamplingSettings, vectors: Vectors | None) -> tuple[list[RowPair], int, int]:
    """The pairs, how many clusters were asked for, and how many pairs were filled up from all posts."""
    per_post, clusters = settings.negatives_per_post, 0
    labels = np.zeros(len(posts), dtype=np.int64)
    if vectors is not None and settings.strategy == "hard":
        return hard_negatives(posts, vectors, per_post, skip=settings.skip, max_cosine=settings.max_cosine), 0, 0
    if vectors is not None and settings.strategy == "local":
        clusters = max(round(len(posts.spans) / settings.beta), 1)
        labels = cluster(vectors, clusters, settings.clustering, settings.seed)
    pairs, filled = draw_negatives(posts, labels, per_post, _draw(settings, "negatives"))
    return pairs, clusters, filled


def _check_vectors(posts: Posts, settings: SamplingSettings, vectors: Vectors | None) -> None:
    if settings.strategy == "global":
        return
    if vectors is None:
        raise SettingsError(f"strategy '{settings.strategy}' needs vectors of the posts; give them, or take 'global'")
    if len(vectors) != len(posts):
        raise SettingsError(
            f"there are {len(vectors):,} vectors for {len(posts):,} posts; give one for each text of Posts.of(faq)"
        )


def _balance(
    positives: list[RowPair], negatives: list[RowPair], settings: SamplingSettings
) -> tuple[list[RowPair], list[RowPair]]:
    """Cut, at random, the side that is too long for the ratio."""
    if settings.balance is None:
        return positives, negatives
    draw = _draw(settings, "balance")
    return (
        cut(positives, round(len(negatives) / settings.balance), draw),
        cut(negatives, round(len(positives) * settings.balance), draw),
    )


def cut(pairs: list[T], count: int, draw: random.Random) -> list[T]:
    """So many of the pairs, drawn at random, in their order; all where there are no more."""
    if count >= len(pairs):
        return pairs
    return [pairs[number] for number in sorted(draw.sample(range(len(pairs)), count))]


def _draw(settings: SamplingSettings, purpose: str) -> random.Random:
    return random.Random(f"{settings.seed}-{purpose}")  # noqa: S311 (a sample, not a secret)


def _examples(posts: Posts, pairs: Sequence[RowPair], *, same: bool) -> list[Example]:
    return [
        Example(posts.texts[first], posts.texts[second], same, (posts.topics[first], posts.topics[second]))
        for first, second in pairs
    ]
