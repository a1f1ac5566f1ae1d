"""An inverted index whose postings hold finished scores, so that a query costs no more than its postings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from faq_component.recall.weighting import Corpus, Weighting, greatest_score

Rows = npt.NDArray[np.int32]
Scores = npt.NDArray[np.float32]


class InvertedIndex:
    """For each word the rows of the posts that have it, each with what the word adds to the post's score.

    All of a formula that does not depend on the query is computed when the index is built (eager scoring: Lù 2024,
    *BM25S*). A search adds up the postings of the query's words and looks at no other post.
    """

    def __init__(self, documents: Sequence[Sequence[str]], weighting: Weighting) -> None:
        """*Shape:* `documents` ``(posts,)``, each a list of words."""
        self.posts = len(documents)
        words_in_all = sum(map(len, documents))
        self._weighting = weighting
        # A corpus without any word has no mean length; 1 keeps the formulas defined.
        self._corpus = Corpus(self.posts, words_in_all / self.posts if words_in_all else 1.0)
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, document in enumerate(documents):
            for word, count in Counter(document).items():
                postings[word].append((row, weighting.frequency(count, len(document), self._corpus)))
        idf = {word: weighting.idf(len(found), self._corpus) for word, found in postings.items()}
        mean_idf = sum(idf.values()) / len(idf) if idf else 0.0
        self._idf = {word: weighting.mend(value, mean_idf) for word, value in idf.items()}
        self._unknown_idf = weighting.idf(0, self._corpus)
        self._slots = {word: slot for slot, word in enumerate(postings)}
        self._starts = np.concatenate([[0], np.cumsum([len(found) for found in postings.values()])]).astype(np.int64)
        self._rows: Rows = np.empty(int(self._starts[-1]), dtype=np.int32)
        self._weights: Scores = np.empty(int(self._starts[-1]), dtype=np.float32)
        for word, slot in self._slots.items():
            rows, weights = zip(*postings[word], strict=True)
            self._rows[self._starts[slot] : self._starts[slot + 1]] = rows
            self._weights[self._starts[slot] : self._starts[slot + 1]] = np.array(weights) * self._idf[word]

    def search(self, words: Sequence[str]) -> tuple[Rows, Scores]:
        """The rows of all posts that share a word with the query, ascending, and their scores.

        A word that stands twice in the query counts twice. *Shape:* both ``(found,)``.
        """
        slots = [(self._slots[word], count) for word, count in Counter(words).items() if word in self._slots]
        if not slots:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        spans = [slice(self._starts[slot], self._starts[slot + 1]) for slot, _ in slots]
        rows = np.concatenate([self._rows[span] for span in spans])
        weights = np.concatenate(
            [self._weights[span] * np.float32(count) for span, (_, count) in zip(spans, slots, strict=True)]
        )
        if len(rows) * 8 < self.posts:  # few postings: sorting them is cheaper than a table of all posts
            found, places = np.unique(rows, return_inverse=True)
            return found, np.bincount(places, weights).astype(np.float32)
        table = np.bincount(rows, weights, minlength=self.posts)
        has_word = np.zeros(self.posts, dtype=bool)
        has_word[rows] = True
        found = np.flatnonzero(has_word).astype(np.int32)
        return found, table[found].astype(np.float32)

    def greatest_score(self, words: Sequence[str]) -> float:
        """The score of a post of exactly these words; one that no post has counts with the greatest IDF there is."""
        return greatest_score(
            list(words), self._weighting, self._corpus, lambda word: self._idf.get(word, self._unknown_idf)
        )
