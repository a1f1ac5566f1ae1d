"""Training pairs drawn from a knowledge base: two posts of one topic are a positive, of two topics a negative.

Negatives come from all posts (``global``) or from a cluster of near posts (``local``), as in the write-up "FAQ:
semantic recall based on BERT", or are the nearest posts of other topics (``hard``).
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
from faq_component.language import _
from faq_component.training.pairs.clusters import cluster
from faq_component.training.pairs.examples import Example
from faq_component.training.pairs.negatives import RowPair, draw_negatives, hard_negatives
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling_settings import SamplingSettings

T = TypeVar("T")


@dataclass(frozen=True)
class SampleCounts:
    """Counts of a sample.

    `clusters` is the number requested (0 without clustering). `filled` counts negatives drawn from all posts because
    their cluster had too few, `ambiguous` the posts left out because they belong to several topics, `cut` the pairs
    that the balance removed.
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
    """Draw training pairs; the result depends on the settings, but not on the order of the topics.

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
    """Pair each post with up to `per_post` other posts of its topic, as rows; no two posts are paired twice.

    The posts of a topic are put on a circle in random order. Each is paired with the next one and with those at random
    distances, `per_post` in all. The pairs with the next one connect all posts of a topic, by which `from_pairs`
    recognises topics in a file. On a circle of n posts, distances up to (n - 1) / 2 give no pair twice; at n / 2, half
    of the circle gives every pair.
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
    """Draw the negative pairs; also return the number of clusters, and of pairs drawn from all posts instead."""
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
        message = _("strategy '{strategy}' needs vectors of the posts; give them, or take 'global'")
        raise SettingsError(message.format(strategy=settings.strategy))
    if len(vectors) != len(posts):
        message = _("there are {vectors:,} vectors for {posts:,} posts; give one for each text of Posts.of(faq)")
        raise SettingsError(message.format(vectors=len(vectors), posts=len(posts)))


def _balance(
    positives: list[RowPair], negatives: list[RowPair], settings: SamplingSettings
) -> tuple[list[RowPair], list[RowPair]]:
    """Drop random pairs of the side that exceeds the ratio."""
    if settings.balance is None:
        return positives, negatives
    draw = _draw(settings, "balance")
    return (
        cut(positives, round(len(negatives) / settings.balance), draw),
        cut(negatives, round(len(positives) * settings.balance), draw),
    )


def cut(pairs: list[T], count: int, draw: random.Random) -> list[T]:
    """Draw `count` of the pairs at random and keep their order; return all of them if there are no more."""
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
