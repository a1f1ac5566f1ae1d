"""The greatest of many scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

_SAMPLED = 16  # one of so many scores is looked at for a first guess
_DEVIATIONS = 4  # by which the guess is too low, so that it seldom misses


def kth_greatest(values: Scores, k: int) -> np.float32:
    """Return the `k`-th greatest value; the least where there are fewer. *Shape:* ``(n,)``, at least one.

    Selecting among 20,000 values takes long: those below a guess from a sample are left out first.
    """
    size = len(values)
    if k >= size:
        least: np.float32 = values.min()
        return least
    sample = values[::_SAMPLED]
    expected = k / _SAMPLED
    place = int(expected + _DEVIATIONS * np.sqrt(expected)) + 1
    if place < len(sample):
        guess = np.partition(sample, len(sample) - place)[len(sample) - place]
        above = values[values >= guess]
        if len(above) >= k:
            values = above
    kth: np.float32 = np.partition(values, len(values) - k)[len(values) - k]
    return kth


def best_places(scores: Scores, count: int) -> npt.NDArray[np.int64]:
    """Return the places of the `count` greatest scores, including ties with the last one, ascending."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= kth_greatest(scores, count))
