"""Quality of an encoder on labelled sentence pairs: the same meaning, or another."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Encoder
from faq_component.errors import FaqDataError
from faq_component.evaluation.metrics import Interval, bootstrap
from faq_component.language import _
from faq_component.text import normalize

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

_MOST_FAULTS = 20
_RESAMPLES = 1_000
TOPICS = ("topic1", "topic2")


@dataclass(frozen=True)
class Pair:
    """Two sentences, whether they mean the same, and the topics they were drawn from, if known."""

    first: str
    second: str
    same: bool
    topics: tuple[str, str] | None = None


@dataclass(frozen=True)
class PairThresholds:
    """Cosines from which a pair counts as the same: one for the best accuracy, one for the best F1."""

    accuracy: float
    f1: float


@dataclass(frozen=True)
class PairReport:
    """Metrics of pairs: accuracy and F1, each at its own threshold, and two metrics that need none."""

    accuracy: Interval
    f1: Interval
    spearman: float
    average_precision: float
    pairs: int


def read_pairs(path: str | Path) -> list[Pair]:
    """Read pairs from a file ``sentence1, sentence2, label``, separated by tabs, or by commas in a ``.csv``.

    The file may be compressed (``.gz``) and may have a header; labels are 0 and 1. There may be two more columns, named
    ``topic1, topic2`` in the header; they are used if both are filled.

    Raises:
        FaqDataError: names the first 20 faulty lines.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        message = _("{path} cannot be read as UTF-8 text ({error}); mend it")
        raise FaqDataError([message.format(path=path, error=error)]) from error
    pairs, faults, columns = [], [], 3
    for number, row in enumerate(_rows(path, text), start=1):
        if number == 1 and [cell.strip() for cell in row[3:]] == list(TOPICS):
            columns = 5
        elif len(row) == columns and row[2].strip() in ("0", "1"):
            topics = (row[3], row[4]) if all(row[3:]) and columns == 5 else None
            pairs.append(Pair(row[0], row[1], row[2].strip() == "1", topics))
        elif row and not (number == 1 and len(row) == columns):  # the first line may be a header
            message = _("{path}, line {number}: expected two sentences and a label 0 or 1, found {row!r:.80}")
            faults.append(message.format(path=path, number=number, row=row))
    if not pairs and not faults:
        faults.append(_("{path} holds no pair; each line must be sentence1, sentence2, label").format(path=path))
    if faults:
        raise FaqDataError(faults[:_MOST_FAULTS])
    return pairs


def _rows(path: Path, text: str) -> Iterator[list[str]]:
    is_csv = ".csv" in path.suffixes
    rows = csv.reader(io.StringIO(text), delimiter="," if is_csv else "\t", quoting=csv.QUOTE_MINIMAL if is_csv else 3)
    try:
        yield from rows
    except csv.Error as error:
        message = _("{path}, line {number}: {error}; save the table again")
        raise FaqDataError([message.format(path=path, number=rows.line_num, error=error)]) from error


def score_pairs(encoder: Encoder, pairs: Sequence[Pair]) -> Floats:
    """Compute the cosine of each pair; each distinct sentence is encoded once. *Shape:* ``(pairs,)``."""
    texts = sorted({normalize(text) for pair in pairs for text in (pair.first, pair.second)})
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts)
    first = vectors[[row[normalize(pair.first)] for pair in pairs]]
    second = vectors[[row[normalize(pair.second)] for pair in pairs]]
    cosines: Floats = np.einsum("nd,nd->n", first, second).astype(np.float64)
    return cosines


def find_thresholds(scores: Floats, same: Labels) -> PairThresholds:
    """Find the best thresholds among the midpoints of neighbouring scores, and beyond both ends.

    A pair counts as the same if its score is at least the threshold. Of equally good thresholds the least is taken.
    scikit-learn's curves have no accuracy, and their thresholds are the scores themselves, where rounding decides.

    *Shape:* both ``(pairs,)``, at least one.
    """
    order = np.argsort(-scores, kind="stable")
    falling, hits = scores[order], np.cumsum(same[order])
    # A threshold can separate place i from the next only if the next score is lower; both ends are always possible.
    last = np.append(falling[:-1] > falling[1:], True)
    counts = np.append(0, np.flatnonzero(last) + 1)  # pairs predicted the same, per threshold
    true = np.append(0, hits)[counts]
    bounds = np.concatenate([[falling[0] + 1.0], (falling[:-1] + falling[1:])[last[:-1]] / 2, [falling[-1] - 1.0]])
    positives = hits[-1]
    accuracy = (true + (len(scores) - positives) - (counts - true)) / len(scores)
    f1 = 2 * true / np.maximum(counts + positives, 1)
    best = [len(values) - 1 - int(np.argmax(values[::-1])) for values in (accuracy, f1)]
    return PairThresholds(float(bounds[best[0]]), float(bounds[best[1]]))


def report_pairs(scores: Floats, same: Labels, thresholds: PairThresholds) -> PairReport:
    """Measure with thresholds found elsewhere. *Shape:* both ``(pairs,)``."""
    correct = (scores >= thresholds.accuracy) == same
    predicted = scores >= thresholds.f1
    low, high = np.percentile(_resampled_f1(predicted, same), [2.5, 97.5])
    return PairReport(
        accuracy=bootstrap(correct),
        f1=Interval(f1_score(predicted, same), float(low), float(high)),
        spearman=spearman(scores, same.astype(np.float64)),
        average_precision=average_precision(scores, same),
        pairs=len(same),
    )


def _resampled_f1(predicted: Labels, same: Labels) -> list[float]:
    """Compute F1 of 1,000 resamples, each as four weighted kinds of pair; 12,500 pairs would take 8 times as long."""
    kinds = 2 * predicted + same
    predicted_of_kind, same_of_kind = np.array([False, False, True, True]), np.array([False, True, False, True])
    resamples = np.random.default_rng(0).integers(len(same), size=(_RESAMPLES, len(same)))
    counts = (np.bincount(kinds[rows], minlength=4) for rows in resamples)
    return [f1_score(predicted_of_kind, same_of_kind, count) for count in counts]


def f1_score(predicted: Labels, same: Labels, weights: npt.NDArray[np.int64] | None = None) -> float:
    """Return ``2 * true positives / (predicted + positives)`` by scikit-learn, 0 if both are 0.

    *Shape:* all ``(pairs,)``; `weights` is how often each pair counts.
    """
    from sklearn.metrics import f1_score as f1_of_labels

    return float(f1_of_labels(same, predicted, sample_weight=weights, zero_division=0.0))


def spearman(first: Floats, second: Floats) -> float:
    """Compute the correlation of ranks by SciPy; equal values share their mean rank.

    It is 0 if a side is constant or has NaN.
    """
    from scipy.stats import spearmanr

    if any((side == side[0]).all() or np.isnan(side).any() for side in (first, second)):
        return 0.0
    correlation, _p_value = spearmanr(first, second)
    return float(correlation)


def average_precision(scores: Floats, same: Labels) -> float:
    """Compute the mean precision over the recall steps by scikit-learn; equal scores are one step.

    It is 0 without positives; NaN scores come last.
    """
    from sklearn.metrics import average_precision_score

    if not same.any():
        return 0.0
    _values, places = np.unique(
        -scores, return_inverse=True
    )  # scikit-learn refuses NaN, which a diverged encoder gives
    return float(average_precision_score(same, -places))
