"""An inverted index whose postings hold precomputed scores, so that a query only adds up its postings.

Why it is written by hand: docs/project/decisions/0004-inverted-index-by-hand.md.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.weighting import Corpus, Weighting, greatest_score

Rows = npt.NDArray[np.int32]
Scores = npt.NDArray[np.float32]
_Numbers = npt.NDArray[np.int64]


class InvertedIndex:
    """Postings of each word: the rows of the posts that contain it, with the word's contribution to their scores.

    Whatever does not depend on the query is computed when the index is built (eager scoring: Lù 2024, *BM25S*). A
    search adds up the postings of the query's words and touches no other post.
    """

    def __init__(self, documents: Iterable[Sequence[str]], weighting: Weighting) -> None:
        """Index the words of posts. *Shape:* `documents` ``(posts,)``, each a list of words, read once."""
        self._weighting = weighting
        self._slots: dict[str, int] = {}
        self._index(_count(documents, self._slots))

    def updated(self, old_rows: npt.NDArray[np.int64], documents: Iterable[Sequence[str]]) -> InvertedIndex:
        """Return an index of other posts, of which only new ones are counted; this one stays valid.

        All weights are recomputed, since they depend on all posts: the result equals a newly built index.

        *Shape:* `old_rows` ``(posts,)``: the post's row in this index, -1 for a new one; `documents` ``(new posts,)``:
        the words of the new posts, in their order.
        """
        newer = object.__new__(InvertedIndex)
        newer._weighting = self._weighting
        newer._slots = dict(self._slots)
        new = old_rows < 0
        rows = np.where(new, self.posts + np.cumsum(new) - 1, old_rows)
        newer._index(self._counts.followed_by(_count(documents, newer._slots)).take(rows))
        return newer

    def _index(self, counted: _Counts) -> None:
        self._counts = counted
        self.posts = len(counted.sizes)
        row_of = np.repeat(np.arange(self.posts), counted.sizes)
        lengths = np.bincount(row_of, counted.counts, minlength=self.posts).astype(np.int64)
        words_in_all = int(lengths.sum())
        # A corpus without any word has no mean length; 1 keeps the formulas defined.
        corpus = self._corpus = Corpus(self.posts, words_in_all / self.posts if words_in_all else 1.0)
        containing = np.bincount(counted.slots, minlength=len(self._slots))
        kinds, kind_of = np.unique(containing, return_inverse=True)
        idf = np.array([self._weighting.idf(int(kind), corpus) for kind in kinds])[kind_of]
        mean_idf = float(idf[containing > 0].mean()) if words_in_all else 0.0
        self._idf = np.array([self._weighting.mend(value, mean_idf) for value in idf.tolist()])
        self._unknown_idf = self._weighting.idf(0, corpus)
        base = int(lengths.max(initial=0)) + 1
        pairs, pair_of = np.unique(counted.counts * base + lengths[row_of], return_inverse=True)
        frequencies = np.array([self._weighting.frequency(p // base, p % base, corpus) for p in pairs.tolist()])
        by_word = np.argsort(counted.slots, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(containing)]).astype(np.int64)
        self._rows: Rows = row_of[by_word].astype(np.int32)
        weights = frequencies[pair_of] * self._idf[counted.slots] if words_in_all else np.empty(0)
        self._weights: Scores = weights[by_word].astype(np.float32)
        self._is_positive = bool((self._weights > 0.0).all())

    def search(self, words: Sequence[str]) -> tuple[Rows, Scores]:
        """Return the rows, ascending, and scores of all posts that share a word with the query.

        A word that occurs twice in the query counts twice. *Shape:* both ``(found,)``.
        """
        slots = [(self._slots[word], count) for word, count in Counter(words).items() if word in self._slots]
        if not slots:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        spans = [slice(self._starts[slot], self._starts[slot + 1]) for slot, _ in slots]
        rows = np.concatenate([self._rows[span] for span in spans])
        weights = np.concatenate(
            [
                self._weights[span] if count == 1 else self._weights[span] * np.float32(count)
                for span, (_, count) in zip(spans, slots, strict=True)
            ]
        )
        if len(rows) * 8 < self.posts:  # few postings: sorting them is cheaper than a table of all posts
            found, places = np.unique(rows, return_inverse=True)
            return found, np.bincount(places, weights).astype(np.float32)
        table = np.bincount(rows, weights, minlength=self.posts)
        if self._is_positive:
            found = np.flatnonzero(table > 0.0).astype(np.int32)
        else:
            has_word = np.zeros(self.posts, dtype=bool)
            has_word[rows] = True
            found = np.flatnonzero(has_word).astype(np.int32)
        return found, table[found].astype(np.float32)

    def greatest_score(self, words: Sequence[str]) -> float:
        """Score of a post of exactly these words."""
        return greatest_score(list(words), self._weighting, self._corpus, self.idf)

    def idf(self, word: str) -> float:
        """IDF of a word; one that no post contains gets the greatest possible one."""
        slot = self._slots.get(word)
        return self._unknown_idf if slot is None else float(self._idf[slot])

    def rows_with(self, word: str) -> Rows:
        """Return the rows of the posts that contain a word, ascending."""
        slot = self._slots.get(word)
        return self._rows[:0] if slot is None else self._rows[self._starts[slot] : self._starts[slot + 1]]


class _Counts(NamedTuple):
    """Word counts of posts, as a sparse matrix in row order.

    *Shape:* `slots` (word numbers) and `counts` ``(entries,)``, `sizes` (entries of each post) ``(posts,)``.
    """

    slots: _Numbers
    counts: _Numbers
    sizes: _Numbers

    def followed_by(self, other: _Counts) -> _Counts:
        """Concatenate the posts of both."""
        return _Counts(*(np.concatenate(both) for both in zip(self, other, strict=True)))

    def take(self, rows: _Numbers) -> _Counts:
        """Select the posts of these rows, in this order."""
        sizes = self.sizes[rows]
        begins, ends = (np.cumsum(self.sizes) - self.sizes)[rows], np.cumsum(sizes)
        entries = np.repeat(begins - (ends - sizes), sizes) + np.arange(int(sizes.sum()))
        return _Counts(self.slots[entries], self.counts[entries], sizes)


def _count(documents: Iterable[Sequence[str]], slots: dict[str, int]) -> _Counts:
    """Count the words of documents, and assign slots to new words."""
    # Arrays, not lists, and no document is kept: 20,000 posts in lists of words take 40 MiB.
    found, counts, sizes = array("q"), array("q"), array("q")
    for document in documents:
        counted = Counter(document)
        found.extend(slots.setdefault(word, len(slots)) for word in counted)
        counts.extend(counted.values())
        sizes.append(len(counted))
    return _Counts(*(np.array(numbers, dtype=np.int64) for numbers in (found, counts, sizes)))
