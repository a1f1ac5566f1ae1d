"""Base of the search engines: they index this package's tokens, and their BM25 is scaled by the best possible score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from faq_component.knowledge.checking import Faq
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.retrieval.weighting import Corpus, Weighting, greatest_score
from faq_component.text import normalize
from faq_component.types import Hit


class Engine(Protocol):
    """Scores posts by the sum of its own weights of the query's words."""

    def search(self, words: Sequence[tuple[str, int]], count: int) -> list[tuple[int, float]]:
        """Return at most `count` (row, score), best first; each of `words` comes with its count in the query."""
        ...


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

        def find(count: int) -> list[Hit]:
            found = sorted(engine.search(known, count), key=lambda pair: pair[0])
            scores: Scores = np.array([score for _, score in found], dtype=np.float32) / np.float32(greatest)
            return self.table.hits([row for row, _ in found], scores, top_k)

        return widen(len(self.table), top_k, find)

    def _idf(self, word: str) -> float:
        return self._weighting.idf(self._containing[word], self._corpus)
