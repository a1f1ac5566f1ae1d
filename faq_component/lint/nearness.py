"""How near posts and topics are to each other, by their vectors, in blocks, so that 20,000 posts fit into memory.

The cosine of an encoder is no measure by itself: short and colloquial texts are near to everything. What is used is
twice the cosine less the density around both texts, the mean cosine of their ten nearest (cross-domain similarity local
scaling, Conneau et al. 2018). The nearest one of all is left out of it, so that a copy does not hide itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Vectors

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_MOST_ROWS, _LEAST_ROWS = 512, 32  # of a block
_CELLS = 1 << 21  # of a block: a few of them are in memory at a time
_NEIGHBOURS = 10


@dataclass(frozen=True)
class Texts:
    """Vectors of texts and the topic of each, ascending. *Shapes:* ``(n, dim)``, ``(n,)``."""

    vectors: Vectors
    topics: Ints

    @property
    def starts(self) -> Ints:
        """Where each topic begins; every topic has a text."""
        return np.flatnonzero(np.diff(self.topics, prepend=-1))

    @property
    def counts(self) -> Ints:
        """How many texts each topic has."""
        return np.bincount(self.topics)


def densities(texts: Vectors, among: Vectors, *, itself: bool) -> Floats:
    """The mean cosine of each text's nearest `among`, but for the very nearest; `itself`: both are the same texts."""
    skip = 1 + itself
    nearest = min(_NEIGHBOURS + skip, len(among))
    found = np.zeros(len(texts), dtype=np.float32)
    for rows in _blocks(len(texts), len(among)):
        cosines = texts[rows] @ among.T
        top = -np.partition(-cosines, nearest - 1, axis=1)[:, :nearest]
        top.sort(axis=1)
        found[rows] = top[:, : max(nearest - skip, 1)].mean(axis=1)
    return found


def scaled_blocks(texts: Vectors, among: Vectors, *, itself: bool) -> Iterator[tuple[slice, Floats]]:
    """Rows of the texts with their scaled cosines. *Shape:* ``(rows, len(among))``; NaN for a text beside itself."""
    own = densities(texts, among, itself=itself)
    other = own if itself else densities(among, texts, itself=False)
    for rows in _blocks(len(texts), len(texts)):  # the same rows whatever they are compared with
        scaled = 2 * (texts[rows] @ among.T) - own[rows, None] - other[None]
        if itself:
            scaled[np.arange(len(scaled)), np.arange(rows.start, rows.stop)] = np.nan
        yield rows, scaled


def best_per_topic(scaled: Floats, texts: Texts) -> Floats:
    """The greatest value of each row within each topic. *Shape:* ``(rows, topics)``; NaN where there is none."""
    filled = np.where(np.isnan(scaled), -np.inf, scaled)
    best = np.maximum.reduceat(filled, texts.starts, axis=1)
    known: Floats = np.where(np.isinf(best), np.nan, best).astype(np.float32)
    return known


def mean_per_topic(scaled: Floats, texts: Texts) -> Floats:
    """The mean of each row within each topic, without NaN. *Shape:* ``(rows, topics)``; NaN where there is none."""
    known = ~np.isnan(scaled)
    total = np.add.reduceat(np.where(known, scaled, 0), texts.starts, axis=1)
    count = np.add.reduceat(known.astype(np.int32), texts.starts, axis=1)
    with np.errstate(invalid="ignore"):
        mean: Floats = (total / count).astype(np.float32)
    return mean


def standardised(values: Floats) -> Floats:
    """Each row less its mean, in standard deviations; NaN is the mean, so it becomes 0."""
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    spread = np.nanstd(values, axis=1, keepdims=True)
    deviations: Floats = np.nan_to_num(centred / np.maximum(spread, 1e-6)).astype(np.float32)
    return deviations


def _blocks(count: int, width: int) -> Iterator[slice]:
    """Slices of rows that are `width` wide."""
    size = min(max(_CELLS // max(width, 1), _LEAST_ROWS), _MOST_ROWS)
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def labels(groups: Sequence[Sequence[object]]) -> Ints:
    """The number of its group for each item of all groups."""
    return np.repeat(np.arange(len(groups)), [len(group) for group in groups])
