"""Fit the hybrid's weights on the FAQ's own posts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.agreement import pool_topics
from faq_component.retrieval.hybrid import FusionWeights, HybridRetriever, combine
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.question import Question

_SAMPLE = 400
_CANDIDATES = 256
_GRID = tuple(
    FusionWeights(keyword, overlap, agreement)
    for keyword, overlap, agreement in itertools.product(
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (0.0, 0.1, 0.2, 0.3), (0.0, 0.3, 0.5, 0.6, 0.7)
    )
    if keyword + overlap <= 0.7
)


@dataclass(frozen=True)
class _LeftOut:
    """A post used as a query: its topic, and the candidates without the post itself."""

    topic: int
    topics: npt.NDArray[np.int64]
    features: Scores
    sizes: npt.NDArray[np.int64]


def fit_weights(hybrid: HybridRetriever, seed: int = 0) -> FusionWeights:
    """Choose from a grid the weights with the greatest mean reciprocal rank in leave-one-out search.

    At most 400 posts are drawn, from topics of two posts or more. Ties go to the weights nearest to the defaults.
    Authors write posts that differ from each other: a harder test than users' questions, which shifts weight to the
    dense score.
    """
    left_out = [_leave_out(hybrid, row) for row in _drawn_rows(hybrid, seed)]
    if not left_out:
        return FusionWeights()
    return max(_GRID, key=lambda weights: (_mean_reciprocal_rank(left_out, weights), -_distance(weights)))


def _drawn_rows(hybrid: HybridRetriever, seed: int) -> list[int]:
    table = hybrid.dense.table
    rows = np.flatnonzero(table.topic_sizes[table.topics] > 1).tolist()
    return sorted(random.Random(seed).sample(rows, min(_SAMPLE, len(rows))))  # noqa: S311 (a sample, not a secret)


def _leave_out(hybrid: HybridRetriever, row: int) -> _LeftOut:
    table = hybrid.dense.table
    post = table.posts[row]
    question = Question(post)
    rows, features = hybrid.features(question, hybrid.dense.encode(question), _CANDIDATES)
    others = rows != row
    features = features[others]
    features[:, 2] = hybrid.overlaps(question, rows[others])
    sizes = table.topic_sizes.copy()
    sizes[table.topics[row]] -= 1
    return _LeftOut(int(table.topics[row]), table.topics[rows[others]], features, sizes)


def _mean_reciprocal_rank(left_out: Sequence[_LeftOut], weights: FusionWeights) -> float:
    total = 0.0
    for post in left_out:
        if len(post.topics):
            places, _ = pool_topics(post.topics, combine(post.features, weights), post.sizes, weights.agreement)
            found: list[int] = post.topics[places].tolist()
            total += 1 / (found.index(post.topic) + 1) if post.topic in found else 0.0
    return total / len(left_out)


def _distance(weights: FusionWeights) -> float:
    default = FusionWeights()
    return (
        abs(weights.keyword - default.keyword)
        + abs(weights.overlap - default.overlap)
        + abs(weights.agreement - default.agreement)
    )


def learned_hybrid(hybrid: HybridRetriever) -> HybridRetriever:
    """Return the hybrid with fitted weights; classifier, fitted on the same posts, and answers keep their shares."""
    weights = replace(fit_weights(hybrid), classifier=hybrid.weights.classifier, answers=hybrid.weights.answers)
    return HybridRetriever(hybrid.dense, hybrid.keyword, weights, hybrid.classifier, hybrid.answers)
