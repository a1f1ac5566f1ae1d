"""Weighting formulas of keyword retrieval: TF-IDF and BM25."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Corpus:
    """Statistics of all posts: their number, and their mean length in words."""

    posts: int
    mean_length: float


class Weighting(Protocol):
    """A weighting formula: the score of a post is the sum of the weights of the query's words."""

    def idf(self, containing: int, corpus: Corpus) -> float:
        """Inverse document frequency of a word that `containing` posts have; can be negative, see `mend`."""
        ...

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """Term frequency weight of `count` occurrences in a post of `length` words."""
        ...

    def mend(self, idf: float, mean_idf: float) -> float:
        """Replace a negative IDF; `mean_idf` is the mean over the vocabulary."""
        ...


@dataclass(frozen=True)
class TfIdf:
    """TF-IDF: ``tf = count / length`` of the post, ``idf = lg(|D| / df)`` with the decimal logarithm.

    This is the variant of the article "FAQ: semantic recall based on BERT". The IDF is never negative; a word that
    every post contains has weight 0.
    """

    def idf(self, containing: int, corpus: Corpus) -> float:
        """``lg(|D| / df)``."""
        return math.log10(corpus.posts / containing) if containing else math.log10(corpus.posts + 1)

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """``count / length``."""
        return count / length

    def mend(self, idf: float, mean_idf: float) -> float:
        """Return the IDF, which is never negative."""
        return idf


@dataclass(frozen=True)
class Bm25:
    """Okapi BM25 (Robertson and Zaragoza 2009, eq. 3.15).

    ``idf * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length))``,
    ``idf = lg((N - n + 0.5) / (n + 0.5))`` with the decimal logarithm.

    That IDF is negative for a word in more than half of the posts: it would lower the score of a post that contains the
    word, and in an FAQ of two or three topics that is nearly every word. `negative_idf` chooses a remedy:

    - ``shift``: ``lg(1 + (N - n + 0.5) / (n + 0.5))`` for every word, as in Lucene; never negative;
    - ``zero``: the word has IDF 0;
    - ``epsilon``: the word has a quarter of the mean IDF of all words, as in rank-bm25's BM25Okapi;
    - ``keep``: the formula unchanged.
    """

    k1: float = 1.5
    b: float = 0.75
    negative_idf: str = "shift"

    def idf(self, containing: int, corpus: Corpus) -> float:
        """IDF by the formula, shifted where `negative_idf` is ``shift``."""
        ratio = (corpus.posts - containing + 0.5) / (containing + 0.5)
        return math.log10(1 + ratio if self.negative_idf == "shift" else ratio)

    def frequency(self, count: int, length: int, corpus: Corpus) -> float:
        """Saturating term frequency, between 0 and ``k1 + 1``."""
        return count * (self.k1 + 1) / (count + self.k1 * (1 - self.b + self.b * length / corpus.mean_length))

    def mend(self, idf: float, mean_idf: float) -> float:
        """Replace a negative IDF as `negative_idf` says."""
        if idf >= 0 or self.negative_idf in ("keep", "shift"):
            return idf
        return 0.25 * mean_idf if self.negative_idf == "epsilon" else 0.0


def greatest_score(words: list[str], weighting: Weighting, corpus: Corpus, idf: Callable[[str], float]) -> float:
    """Score of a post of exactly these words: the divisor that scales scores to 0..1."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return sum(idf(word) * count * weighting.frequency(count, len(words), corpus) for word, count in counts.items())
