"""The formulas of keyword recall: what a word of a post weighs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Corpus:
    """What the formulas know of all posts: how many there are, and their mean length in words."""

    posts: int
    mean_length: float


class Weighting(Protocol):
    """One formula of keyword recall: the score of a post is the sum, over the words of the query, of their weights."""

    def idf(self, containing: int, corpus: Corpus) -> float:
        """How telling a word is that `containing` posts have; not yet mended where it is negative."""
        ...

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """What `count` occurrences in a post of `length` words are worth."""
        ...

    def mend(self, idf: float, mean_idf: float) -> float:
        """The IDF to use in place of a negative one; `mean_idf` is the mean over the vocabulary."""
        ...


@dataclass(frozen=True)
class TfIdf:
    """TF-IDF of the write-up: ``tf = count / length`` of the post, ``idf = lg(|D| / df)`` with the decimal logarithm.

    The IDF is never negative; a word that every post has weighs nothing.
    """

    def idf(self, containing: int, corpus: Corpus) -> float:
        """``lg(|D| / df)``."""
        return math.log10(corpus.posts / containing) if containing else math.log10(corpus.posts + 1)

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """``count / length``."""
        return count / length

    def mend(self, idf: float, mean_idf: float) -> float:
        """There is nothing to mend."""
        return idf


@dataclass(frozen=True)
class Bm25:
    """Okapi BM25 (Robertson and Zaragoza 2009, eq. 3.15; the write-up's formula).

    ``idf * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length))``,
    ``idf = lg((N - n + 0.5) / (n + 0.5))`` with the decimal logarithm.

    That IDF is negative for a word in more than half of the posts: such a word would count against a post that has
    it, and in an FAQ of two or three topics nearly every word is one. `negative_idf` says what to do:

    - ``shift``: ``lg(1 + (N - n + 0.5) / (n + 0.5))`` for every word, as Lucene does; never negative;
    - ``zero``: such a word counts nothing;
    - ``epsilon``: it counts a quarter of the mean IDF of all words, as rank-bm25's BM25Okapi does;
    - ``keep``: the formula as it is written.
    """

    k1: float = 1.5
    b: float = 0.75
    negative_idf: str = "shift"

    def idf(self, containing: int, corpus: Corpus) -> float:
        """The formula, shifted where `negative_idf` says so."""
        ratio = (corpus.posts - containing + 0.5) / (containing + 0.5)
        return math.log10(1 + ratio if self.negative_idf == "shift" else ratio)

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """The saturating part, between 0 and ``k1 + 1``."""
        return count * (self.k1 + 1) / (count + self.k1 * (1 - self.b + self.b * length / corpus.mean_length))

    def mend(self, idf: float, mean_idf: float) -> float:
        """What `negative_idf` says."""
        if idf >= 0 or self.negative_idf in ("keep", "shift"):
            return idf
        return 0.25 * mean_idf if self.negative_idf == "epsilon" else 0.0


def greatest_score(words: list[str], weighting: Weighting, corpus: Corpus, idf: Callable[[str], float]) -> float:
    """The score of a post that consists of exactly these words: what a score is divided by to lie between 0 and 1."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return sum(idf(word) * count * weighting.frequency(count, len(words), corpus) for word, count in counts.items())
