"""Base of the search engines: they index this package's tokens, and their BM25 is scaled by the best possible score."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from faq_component.knowledge.checking import Faq
from faq_component.retrieval.indexes import Mask
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.retrieval.weighting import Corpus, Weighting, greatest_score
from faq_component.text import normalize
from faq_component.types import Hit


class Engine(Protocol):
    """Scores posts by the sum of its own weights of the query's words."""

    def search(
        self, words: Sequence[tuple[str, int]], count: int, among: Mask | None = None
    ) -> list[tuple[int, float]]:
        """Return at most `count` (row, score), best first; each of `words` comes with its count in the query.

        Only rows in `among` are found, ``(posts,)``; by default all.
        """
        ...


def rows_in(found: Iterable[tuple[int, float]], count: int, among: Mask) -> list[tuple[int, float]]:
    """Return the first `count` rows that may be found, from an engine that cannot filter itself."""
    return list(itertools.islice(((row, score) for row, score in found if among[row]), count))


class EngineRetriever:
    """Keyword retrieval by an external engine.

    `weighting` is the engine's own formula: the score of a hit is the engine's score, divided by that of a post of
    exactly the query's words, and at most 1.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer, weighting: Weighting) -> None:
        self.table = PostTable(faq)
        self._tokenize = tokenize
        self._weighting = weighting
        self.documents = [tokenize(normalize(post)) for post in self.table.posts]
        self._containing = Counter(word for document in self.documents for word in set(document))
        length = sum(map(len, self.documents)) / max(len(self.documents), 1)
        self._corpus = Corpus(len(self.documents), length or 1.0)
        self._engine: Engine | None = None

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits that share a word with the query, one per topic, best first."""
        words = question.tokens(self._tokenize)
        known = [(word, count) for word, count in Counter(words).items() if word in self._containing]
        engine = self._engine
        if engine is None or not known:
            return []
        greatest = greatest_score(words, self._weighting, self._corpus, self._idf)
        among = self.table.rows_among(question.among)

        def find(count: int) -> list[Hit]:
            found = sorted(engine.search(known, count, among), key=lambda pair: pair[0])
            scores: Scores = np.array([score for _, score in found], dtype=np.float32) / np.float32(greatest)
            return self.table.hits([row for row, _ in found], scores, top_k)

        return widen(self.table.posts_among(question.among), top_k, find)

    def _idf(self, word: str) -> float:
        return self._weighting.idf(self._containing[word], self._corpus)
