"""Hybrid recall: meaning and words together, in one linear combination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import SettingsError
from faq_component.faq import Faq
from faq_component.recall.agreement import pooled_hits
from faq_component.recall.dense import DenseRetriever
from faq_component.recall.inverted import Scores
from faq_component.recall.keyword import KeywordRetriever, best_places
from faq_component.recall.types import prepare_query, widen
from faq_component.text import char_ngrams
from faq_component.types import Hit

_CANDIDATES = 256


@dataclass(frozen=True)
class FusionWeights:
    """How the scores of a post are mixed (the dense score has the rest of 1), and how far posts of a topic support it.

    `keyword` is the share of the keyword score, `overlap` that of the Jaccard similarity of character bigrams,
    `agreement` the factor by which the weight falls from a topic's best post to its fifth (see `pool_topics`).
    """

    keyword: float = 0.4
    overlap: float = 0.0
    agreement: float = 0.6

    def __post_init__(self) -> None:
        if self.keyword + self.overlap > 1:
            raise SettingsError(
                f"settings 'keyword_weight' ({self.keyword}) and 'overlap_weight' ({self.overlap}) add up to more "
                f"than 1; lower one of them"
            )


class HybridRetriever:
    """A weighted mean of the dense score, the keyword score and the lexical overlap, over the candidates of both sides.

    All parts are between 0 and 1 and comparable over queries, and every candidate gets all of them: a post that only
    one side found is scored by the other. The score of a topic is the mean of its best posts' scores.
    """

    def __init__(self, dense: DenseRetriever, keyword: KeywordRetriever, weights: FusionWeights | None = None) -> None:
        self.dense = dense
        self.keyword = keyword
        self.weights = weights or FusionWeights()

    def updated(self, faq: Faq) -> HybridRetriever:
        """A retriever over an edited FAQ: only its new posts are encoded; this one stays valid."""
        return HybridRetriever(self.dense.updated(faq), self.keyword.updated(faq), self.weights)

    def search(self, query: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits, one per topic, best first."""
        table = self.dense.table
        if not prepare_query(query) or not len(table):
            return []

        def find(count: int) -> list[Hit]:
            rows, features = self.features(query, max(count, _CANDIDATES))
            return pooled_hits(table, rows, combine(features, self.weights), self.weights.agreement, top_k)

        return widen(len(table), top_k, find)

    def features(self, query: str, count: int) -> tuple[npt.NDArray[np.int64], Scores]:
        """The candidates (the `count` best of both sides), ascending, and their dense, keyword and overlap scores.

        *Shape:* ``(candidates,)`` and ``(candidates, 3)``.
        """
        vector = self.dense.encode(query)
        matches, words = self.keyword.score_matches(query)
        near, _ = self.dense.search_posts(vector, count)
        rows = np.union1d(near, matches[best_places(words, count)]).astype(np.int64)
        features = np.zeros((len(rows), 3), dtype=np.float32)
        features[:, 0] = np.minimum(self.dense.score_posts(vector, rows), 1.0)
        features[:, 1] = np.clip(scores_of(rows, matches, words), 0.0, 1.0)
        if self.weights.overlap:
            features[:, 2] = self.overlaps(query, rows)
        return rows, features

    def overlaps(self, query: str, rows: npt.NDArray[np.int64]) -> Scores:
        """The Jaccard similarity of the character bigrams of the query and of each post. *Shape:* ``(len(rows),)``."""
        asked = char_ngrams(prepare_query(query))
        posts = [char_ngrams(self.dense.table.posts[row]) for row in rows.tolist()]
        return np.array([len(asked & post) / len(asked | post) for post in posts], dtype=np.float32)


def combine(features: Scores, weights: FusionWeights) -> Scores:
    """The weighted mean. *Shape:* ``(candidates, 3)`` to ``(candidates,)``."""
    mix = np.array([1 - weights.keyword - weights.overlap, weights.keyword, weights.overlap], dtype=np.float32)
    scores: Scores = features @ mix
    return scores


def scores_of(rows: npt.NDArray[np.int64], found: npt.NDArray[Any], scores: Scores) -> Scores:
    """The scores of given rows, 0 for those not among the `found` ones (ascending). *Shape:* ``(len(rows),)``."""
    result = np.zeros(len(rows), dtype=np.float32)
    if len(found):
        places = np.minimum(np.searchsorted(found, rows), len(found) - 1)
        matched = found[places] == rows
        result[matched] = scores[places[matched]]
    return result
