"""Hybrid recall: meaning and words together."""

from __future__ import annotations

import numpy as np

from faq_component.recall.dense import DenseRetriever
from faq_component.recall.keyword import KeywordRetriever
from faq_component.recall.types import prepare_query, widen
from faq_component.types import Hit


class HybridRetriever:
    """A weighted mean of the dense and the keyword score, over the candidates of both.

    ``score = (1 - keyword_weight) * dense + keyword_weight * keyword``. Both parts are between 0 and 1 and
    comparable over queries, and every candidate gets both: a post that only one side found is scored by the other.
    """

    def __init__(self, dense: DenseRetriever, keyword: KeywordRetriever, keyword_weight: float) -> None:
        self.dense = dense
        self.keyword = keyword
        self._weight = np.float32(keyword_weight)

    def search(self, query: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits, one per topic, best first."""
        if not prepare_query(query) or not len(self.dense.table):
            return []
        vector = self.dense.encode(query)
        words = self.keyword.scores(query)
        by_words = np.argsort(-words, kind="stable")

        def find(count: int) -> list[Hit]:
            near, _ = self.dense.search_posts(vector, count)
            rows = np.union1d(near, by_words[:count])
            meaning = self.dense.score_posts(vector, rows)
            return self.dense.table.hits(rows.tolist(), meaning + self._weight * (words[rows] - meaning), top_k)

        return widen(len(self.dense.table), top_k, find)
