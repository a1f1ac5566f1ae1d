"""Keyword retrieval by libraries, mainly for comparison: scikit-learn's TF-IDF, rank-bm25 and bm25s."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from faq_component.errors import MissingExtraError
from faq_component.knowledge.checking import Faq
from faq_component.retrieval.greatest import best_places
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.retrieval.weighting import Bm25, Corpus, greatest_score
from faq_component.text import normalize
from faq_component.types import Hit


class _ScoresAllPosts:
    """Base of retrievers whose library scores every post."""

    def __init__(self, faq: Faq) -> None:
        self.table = PostTable(faq)

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits that share a word with the query, one per topic, best first."""
        scores = self.scores(question)
        among = self.table.rows_among(question.among)
        rows = np.flatnonzero(scores if among is None else scores * among)

        def find(count: int) -> list[Hit]:
            best = rows[best_places(scores[rows], count)]
            return self.table.hits(best.tolist(), scores[best], top_k)

        return widen(len(rows), top_k, find)

    def scores(self, question: Question) -> Scores:
        """Score every post: at most 1, and 0 for posts without a word of the query. *Shape:* ``(posts,)``."""
        raise NotImplementedError


class SklearnTfidfRetriever(_ScoresAllPosts):
    """Cosine of scikit-learn's TF-IDF vectors: raw counts, ``idf = ln((1 + N) / (1 + df)) + 1``, rows of length 1.

    Unlike in the other retrievers, a word that no post contains is dropped from the query and does not lower the score.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer) -> None:
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError as error:
            raise MissingExtraError("scikit-learn", "keyword") from error
        super().__init__(faq)
        self._vectorizer = TfidfVectorizer(analyzer=tokenize)
        posts = list(map(normalize, self.table.posts))
        self._empty = not any(map(tokenize, posts))  # scikit-learn rejects a corpus without a word
        self._vectors: Any = None if self._empty else self._vectorizer.fit_transform(posts)

    def scores(self, question: Question) -> Scores:
        """Cosine of every post with the question."""
        if self._empty:
            return np.zeros(len(self.table), dtype=np.float32)
        products = self._vectors @ self._vectorizer.transform([question.text]).T
        scores: Scores = products.toarray()[:, 0].astype(np.float32)
        return scores


class RankBm25Retriever(_ScoresAllPosts):
    """rank-bm25's BM25Okapi with its defaults (k1 1.5, b 0.75; a negative IDF becomes a quarter of the mean IDF).

    It scores every post for every query. The score is divided by that of a post of exactly the query's words.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer) -> None:
        from rank_bm25 import BM25Okapi

        super().__init__(faq)
        self._tokenize = tokenize
        documents = [tokenize(normalize(post)) for post in self.table.posts]
        # The library divides by the mean length: a corpus without a word gets no index.
        self._bm25 = BM25Okapi(documents) if any(documents) else None

    def scores(self, question: Question) -> Scores:
        """The share of the greatest score."""
        words = question.tokens(self._tokenize)
        if self._bm25 is None or not words:
            return np.zeros(len(self.table), dtype=np.float32)
        idf, unknown = self._bm25.idf, math.log(2 * self._bm25.corpus_size + 1)
        greatest = _greatest(words, len(self.table), self._bm25.avgdl, lambda word: idf.get(word, unknown))
        return _share(self._bm25.get_scores(words), greatest)


class Bm25sRetriever(_ScoresAllPosts):
    """bm25s (Lù 2024) with its default, Lucene's BM25 (k1 1.5, b 0.75): eager scores in a sparse matrix.

    The score is divided by that of a post of exactly the query's words.

    Raises:
        MissingExtraError: bm25s is not installed.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer) -> None:
        try:
            import bm25s
        except ImportError as error:
            raise MissingExtraError("bm25s", "keyword") from error
        super().__init__(faq)
        self._tokenize = tokenize
        documents = [tokenize(normalize(post)) for post in self.table.posts]
        self._bm25 = bm25s.BM25() if any(documents) else None
        self._containing: dict[str, int] = {}
        for document in documents:
            for word in set(document):
                self._containing[word] = self._containing.get(word, 0) + 1
        self._mean_length = sum(map(len, documents)) / max(len(documents), 1)
        if self._bm25 is not None:
            self._bm25.index(documents, show_progress=False)

    def scores(self, question: Question) -> Scores:
        """The share of the greatest score."""
        words = question.tokens(self._tokenize)
        known = [word for word in words if word in self._containing]
        if self._bm25 is None or not known:
            return np.zeros(len(self.table), dtype=np.float32)
        posts = len(self.table)

        def idf(word: str) -> float:
            containing = self._containing.get(word, 0)
            return math.log1p((posts - containing + 0.5) / (containing + 0.5))

        weighting = Bm25()
        greatest = _greatest(words, posts, self._mean_length, idf) / (weighting.k1 + 1)  # Lucene leaves that factor out
        return _share(self._bm25.get_scores(known), greatest)


def _greatest(words: list[str], posts: int, mean_length: float, idf: Callable[[str], float]) -> float:
    return greatest_score(words, Bm25(), Corpus(posts, mean_length), idf)


def _share(scores: Any, greatest: float) -> Scores:
    shares: Scores = (np.asarray(scores) / (abs(greatest) or 1.0)).astype(np.float32)
    return shares
