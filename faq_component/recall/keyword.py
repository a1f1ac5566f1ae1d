"""Keyword recall: BM25 over words."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from faq_component.faq import Faq
from faq_component.recall.types import PostTable, prepare_query
from faq_component.types import Hit

Tokenizer = Callable[[str], list[str]]


class PositiveBM25(BM25Okapi):
    """Okapi BM25 with the IDF of Lucene, ``ln(1 + (N - n + 0.5) / (n + 0.5))``.

    The original, without ``1 +``, is zero or negative for a word in half of the posts or more, which in an FAQ of two
    or three topics is every word.
    """

    def _calc_idf(self, nd: dict[str, int]) -> None:
        self.idf = {word: bm25_idf(self.corpus_size, count) for word, count in nd.items()}


def bm25_idf(posts: int, containing: int) -> float:
    """The weight of a word that `containing` of `posts` have."""
    return math.log1p((posts - containing + 0.5) / (containing + 0.5))


class KeywordRetriever:
    """BM25 (k1 = 1.5, b = 0.75; library rank-bm25), as a share of the best score a post could reach.

    The score of a post is ``BM25(query, post) / BM25(query, query)``: 1 for a post of the query's own words. A word
    that no post has counts in the denominator with the greatest IDF there can be, so that an unknown word lowers the
    score.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer) -> None:
        self.table = PostTable(faq)
        self._tokenize = tokenize
        corpus = [tokenize(post) for post in self.table.posts]
        # BM25 divides by the corpus' size and mean length: a corpus without any word gets no index.
        self._bm25 = PositiveBM25(corpus) if any(corpus) else None
        self._unknown_idf = bm25_idf(len(corpus), 0)

    def search(self, query: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits that share a word with the query, one per topic, best first."""
        scores = self.scores(query)
        rows = np.flatnonzero(scores)
        return self.table.hits(rows.tolist(), scores[rows], top_k)

    def scores(self, query: str) -> npt.NDArray[np.float32]:
        """The score of every post. *Shape:* ``(posts,)``."""
        words = self._tokenize(prepare_query(query))
        if self._bm25 is None or not words:
            return np.zeros(len(self.table), dtype=np.float32)
        shares = self._bm25.get_scores(words) / self._greatest_score(self._bm25, words)
        scores: npt.NDArray[np.float32] = np.clip(shares, 0.0, 1.0).astype(np.float32)
        return scores

    def _greatest_score(self, bm25: PositiveBM25, words: list[str]) -> float:
        """BM25 of the query against a post of exactly its words."""
        k1, b = bm25.k1, bm25.b
        length_norm = k1 * (1 - b + b * len(words) / bm25.avgdl)
        total = 0.0
        for word in words:
            frequency = words.count(word)
            idf = bm25.idf.get(word, self._unknown_idf)
            total += idf * frequency * (k1 + 1) / (frequency + length_norm)
        return total
