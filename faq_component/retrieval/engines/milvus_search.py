"""How the posts in Milvus are searched: by vectors, by BM25, or by both; the words are in Milvus or here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from faq_component.retrieval.engines.milvus_client import Deadline
from faq_component.retrieval.engines.milvus_vectors import MOST_RESULTS, StoredVectors, columns, effort
from faq_component.retrieval.engines.milvus_words import MilvusWords
from faq_component.retrieval.greatest import best_places
from faq_component.retrieval.hybrid import CANDIDATES, scores_of
from faq_component.retrieval.indexes import Mask, RowNumbers, Vectors
from faq_component.retrieval.keyword import KeywordRetriever
from faq_component.retrieval.question import Question

_LEAST_CANDIDATES = 128

Found = tuple[RowNumbers, Vectors, bool]
"""Rows, scores, and whether there are no others. *Shape:* both ``(found,)``."""


@dataclass(frozen=True)
class Asked:
    """A question of a search.

    Args:
        question: its text.
        vector: of it, ``(dim,)``; empty where only words are searched.
        among: whether each row may be found, ``(posts,)``; None where all may.
        most: how many rows may be found.
        deadline: of all calls of the search.
    """

    question: Question
    vector: Vectors
    among: Mask | None
    most: int
    deadline: Deadline


@dataclass(frozen=True)
class Scale:
    """Rescales products as `DenseRetriever` does: 0 is as unrelated posts, 1 the same.

    Args:
        floor: mean product of posts of different topics.
    """

    floor: float

    def scores(self, products: Vectors, vector: Vectors) -> Vectors:
        """Return the scores of inner products with a vector ``(dim,)``. *Shape:* that of `products`."""
        same = float(vector @ vector)
        floor = min(self.floor, 0.99 * same)  # keeps the range positive where all posts are alike
        scores: Vectors = np.maximum((products - floor) / (same - floor), 0.0).astype(np.float32)
        return scores


class Search(Protocol):
    """Finds the best posts for a question."""

    def __call__(self, asked: Asked, limit: int, /) -> Found:
        """Return at least `limit` posts where there are as many."""
        ...


class ByVectors:
    """The nearest posts, best first."""

    def __init__(self, vectors: StoredVectors, scale: Scale) -> None:
        self._vectors, self._scale = vectors, scale

    def __call__(self, asked: Asked, limit: int, /) -> Found:
        """Return `limit` posts, best first."""
        rows, products, exhausted = self._vectors.search(asked.vector, limit, asked.among, asked.deadline)
        return rows, self._scale.scores(products, asked.vector), exhausted


class ByVectorsAndLocalWords:
    """Candidates and hybrid scores as of `HybridRetriever`: vectors in Milvus, an inverted index in this process."""

    def __init__(self, vectors: StoredVectors, scale: Scale, keyword: KeywordRetriever, keyword_weight: float) -> None:
        self._vectors, self._scale, self._keyword, self._keyword_weight = vectors, scale, keyword, keyword_weight

    def __call__(self, asked: Asked, limit: int, /) -> Found:
        """Return the `limit` best posts of both sides, at least 256, by row."""
        limit = max(limit, CANDIDATES)
        near, products, exhausted = self._vectors.search(asked.vector, limit, asked.among, asked.deadline)
        matches, shares = self._keyword.matches_among(asked.question)
        rows = np.union1d(near, matches[best_places(shares, limit)]).astype(np.int64)
        dense = np.full(len(rows), np.nan, dtype=np.float32)
        dense[np.searchsorted(rows, near)] = products
        lacking = np.isnan(dense)
        if lacking.any():
            dense[lacking] = self._vectors.products(asked.vector, rows[lacking], asked.deadline)
        rows, dense = rows[~np.isnan(dense)], dense[~np.isnan(dense)]
        scores = (1 - self._keyword_weight) * np.minimum(self._scale.scores(dense, asked.vector), 1.0)
        scores += self._keyword_weight * np.clip(scores_of(rows, matches, shares), 0.0, 1.0)
        return rows, scores, exhausted


class ByWords:
    """The best posts by Milvus' BM25."""

    def __init__(self, vectors: StoredVectors, words: MilvusWords) -> None:
        self._store, self._name, self._words = vectors.store, vectors.name, words

    def __call__(self, asked: Asked, limit: int, /) -> Found:
        """Return `limit` posts that share a word with the question, best first."""
        rows, scores = self.among(asked, limit, expression_of(asked.among))
        return rows, scores, len(rows) < limit

    def among(self, asked: Asked, limit: int, expression: str) -> tuple[RowNumbers, Vectors]:
        """Return the best rows that a filter of Milvus lets through, and their scores. *Shape:* both ``(found,)``."""
        words = self._words.of(asked.question.text)
        if not words:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = self._store.client.search(
            self._name,
            [self._words.text(asked.question.text)],
            anns_field="sparse",
            limit=limit,
            search_params={},
            filter=expression,
            **asked.deadline.call,
        )[0]
        rows, scores = columns(found)
        return rows, np.clip(scores / np.float32(self._words.greatest(words)), 0.0, 1.0)


class ByVectorsAndWords:
    """Milvus' hybrid search for the candidates, and their scores.

    Milvus does not return the two scores that it fuses. So the dense score is computed from the candidates' vectors,
    and the keyword score comes from a second BM25 search among the candidates.
    """

    def __init__(self, vectors: StoredVectors, scale: Scale, words: MilvusWords, keyword_weight: float) -> None:
        self._store, self._name, self._scale = vectors.store, vectors.name, scale
        self._words, self._by_words, self._keyword_weight = words, ByWords(vectors, words), keyword_weight

    def __call__(self, asked: Asked, limit: int, /) -> Found:
        """Return `limit` candidates, at least 128, by row."""
        from pymilvus import AnnSearchRequest, WeightedRanker

        vector, expression = asked.vector, expression_of(asked.among)
        limit = min(max(limit, _LEAST_CANDIDATES), asked.most, MOST_RESULTS)
        params = effort(limit, local=self._store.local) | {"metric_type": "IP"}
        requests = [AnnSearchRequest([vector], "dense", params, limit, expr=expression)]
        weights = [1 - self._keyword_weight]
        words = bool(self._words.of(asked.question.text))
        if words:
            sent = [self._words.text(asked.question.text)]
            requests.append(AnnSearchRequest(sent, "sparse", {"metric_type": "BM25"}, limit, expr=expression))
            weights.append(self._keyword_weight)
        found = self._store.client.hybrid_search(
            self._name, requests, WeightedRanker(*weights), limit, output_fields=["dense"], **asked.deadline.call
        )[0]
        candidates = sorted((int(item["id"]), item["entity"]["dense"]) for item in found)
        rows = np.array([row for row, _dense in candidates], dtype=np.int64)
        vectors = np.array([dense for _row, dense in candidates], dtype=np.float32).reshape(len(rows), len(vector))
        scores = (1 - self._keyword_weight) * np.minimum(self._scale.scores(vectors @ vector, vector), 1.0)
        if words and len(rows):
            matches, shares = self._by_words.among(asked, len(rows), f"row in {rows.tolist()}")
            scores[np.searchsorted(rows, matches)] += self._keyword_weight * shares
        return rows, scores, len(rows) < limit


def expression_of(among: Mask | None) -> str:
    """Milvus' filter for the rows that may be found, or, where they are more, those that may not; empty for all."""
    if among is None:
        return ""
    wanted = np.flatnonzero(among)
    if 2 * len(wanted) <= len(among):
        return f"row in {wanted.tolist()}"
    return f"row not in {np.flatnonzero(~among).tolist()}"
