"""Keyword retrieval: TF-IDF and BM25 over an inverted index."""

from __future__ import annotations

import numpy as np

from faq_component.knowledge.checking import Faq
from faq_component.retrieval.greatest import best_places
from faq_component.retrieval.inverted import InvertedIndex, Rows, Scores
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.retrieval.weighting import Bm25, Weighting
from faq_component.text import normalize
from faq_component.types import Hit


class KeywordRetriever:
    """Posts that share words with the question, scored by BM25 or another formula relative to the best possible score.

    The score of a post is ``score(query, post) / score(query, query)``: 1 for a post of exactly the query's words. In
    the denominator a word that no post contains gets the greatest possible IDF, so unknown words lower the score.
    """

    def __init__(self, faq: Faq, tokenize: Tokenizer, weighting: Weighting | None = None) -> None:
        """Index the posts; `weighting` is the formula, by default BM25 with Lucene's IDF."""
        self.table = PostTable(faq)
        self._tokenize = tokenize
        self._weighting = weighting or Bm25()
        self._index = InvertedIndex((tokenize(normalize(post)) for post in self.table.posts), self._weighting)

    def updated(self, faq: Faq) -> KeywordRetriever:
        """Return a retriever over an edited FAQ: only new posts are tokenised; this one stays valid."""
        newer = object.__new__(KeywordRetriever)
        newer.table = PostTable(faq)
        newer._tokenize, newer._weighting = self._tokenize, self._weighting
        row_of = {post: row for row, post in enumerate(self.table.posts)}
        old_rows = np.array([row_of.get(post, -1) for post in newer.table.posts], dtype=np.int64)
        new = [newer.table.posts[row] for row in np.flatnonzero(old_rows < 0)]
        newer._index = self._index.updated(old_rows, (self._tokenize(normalize(post)) for post in new))
        return newer

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits that share a word with the query, one per topic, best first."""
        rows, scores = self.matches_among(question)

        def find(count: int) -> list[Hit]:
            best = best_places(scores, count)
            return self.table.hits(rows[best].tolist(), scores[best], top_k)

        return widen(len(rows), top_k, find)

    def words(self, question: Question) -> frozenset[str]:
        """Distinct words of a question."""
        return frozenset(question.tokens(self._tokenize))

    def words_of(self, post: str) -> frozenset[str]:
        """Distinct words of a post."""
        return frozenset(self._tokenize(normalize(post)))

    def idf(self, word: str) -> float:
        """IDF of a word; one that no post contains gets the greatest possible one."""
        return self._index.idf(word)

    def rows_with(self, word: str) -> Rows:
        """Return the rows of the posts that contain a word, ascending."""
        return self._index.rows_with(word)

    def score_matches(self, question: Question) -> tuple[Rows, Scores]:
        """Return rows, ascending, and scores of posts that share a word with the query, once for a question.

        *Shape:* both ``(found,)``.
        """
        return question.once((self, "matches"), lambda: self._score_matches(question))

    def matches_among(self, question: Question) -> tuple[Rows, Scores]:
        """Return what `score_matches` does, without posts of topics that the question may not find."""
        rows, scores = self.score_matches(question)
        among = self.table.rows_among(question.among)
        return (rows, scores) if among is None else (rows[among[rows]], scores[among[rows]])

    def _score_matches(self, question: Question) -> tuple[Rows, Scores]:
        words = question.tokens(self._tokenize)
        rows, scores = self._index.search(words)
        # With a negative IDF (`keep`) the best possible score can be negative: then only the order is meaningful.
        return rows, scores / np.float32(abs(self._index.greatest_score(words)) or 1.0)
