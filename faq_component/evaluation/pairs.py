"""Quality of an encoder on sentence pairs that mean the same or do not."""

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
from faq_component.text import normalize

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

_MOST_FAULTS = 20
_RESAMPLES = 1_000
TOPICS = ("topic1", "topic2")


@dataclass(frozen=True)
class Pair:
    """Two sentences, whether they mean the same, and the topics they were drawn from, where these are known."""

    first: str
    second: str
    same: bool
    topics: tuple[str, str] | None = None


@dataclass(frozen=True)
class PairThresholds:
    """Cosines from which a pair counts as the same: the one of best accuracy, and the one of best F1."""

    accuracy: float
    f1: float


@dataclass(frozen=True)
class PairReport:
    """What was reached: accuracy and F1 each at its own threshold, and two measures that need none."""

    accuracy: Interval
    f1: Interval
    spearman: float
    average_precision: float
    pairs: int


def read_pairs(path: str | Path) -> list[Pair]:
    """Pairs from a file ``sentence1, sentence2, label``: tab-separated, or commas where the name ends in ``.csv``.

    The file may be compressed (``.gz``) and may have a header; labels are 0 and 1. Of two more columns the header must
    say that they are ``topic1, topic2``; they count where both are filled.

    Raises:
        FaqDataError: names the first 20 faulty lines.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise FaqDataError([f"{path} cannot be read as UTF-8 text ({error}); mend it"]) from error
    pairs, faults, columns = [], [], 3
    for number, row in enumerate(_rows(path, text), start=1):
        if number == 1 and [cell.strip() for cell in row[3:]] == list(TOPICS):
            columns = 5
        elif len(row) == columns and row[2].strip() in ("0", "1"):
            topics = (row[3], row[4]) if all(row[3:]) and columns == 5 else None
            pairs.append(Pair(row[0], row[1], row[2].strip() == "1", topics))
        elif row and not (number == 1 and len(row) == columns):  # the first line may be a header
            faults.append(f"{path}, line {number}: expected two sentences and a label 0 or 1, found {row!r:.80}")
    if not pairs and not faults:
        faults.append(f"{path} holds no pair; each line must be sentence1, sentence2, label")
    if faults:
        raise FaqDataError(faults[:_MOST_FAULTS])
    return pairs


def _rows(path: Path, text: str) -> Iterator[list[str]]:
    is_csv = ".csv" in path.suffixes
    rows = csv.reader(io.StringIO(text), delimiter="," if is_csv else "\t", quoting=csv.QUOTE_MINIMAL if is_csv else 3)
    try:
        yield from rows
    except csv.Error as error:
        raise FaqDataError([f"{path}, line {rows.line_num}: {error}; save the table anew"]) from error


def score_pairs(encoder: Encoder, pairs: Sequence[Pair]) -> Floats:
    """The cosine of each pair; each distinct sentence is encoded once. *Shape:* ``(pairs,)``."""
    texts = sorted({normalize(text) for pair in pairs for text in (pair.first, pair.second)})
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts)
    first = vectors[[row[normalize(pair.first)] for pair in pairs]]
    second = vectors[[row[normalize(pair.second)] for pair in pairs]]
    cosines: Floats = np.einsum("nd,nd->n", first, second).astype(np.float64)
    return cosines


def find_thresholds(scores: Floats, same: Labels) -> PairThresholds:
    """The best thresholds among the midpoints of all neighbouring scores, and beyond both ends.

    A pair counts as the same from its threshold on. Of equally good thresholds the least is taken. By hand, since
    scikit-learn's curves have no accuracy, and cut at the scores themselves, where another machine's rounding decides.
    *Shape:* both ``(pairs,)``, at least one.
    """
    order = np.argsort(-scores, kind="stable")
    falling, hits = scores[order], np.cumsum(same[order])
    # Cutting after place i is possible only where the next score is lower; before the first and after the last always.
    last = np.append(falling[:-1] > falling[1:], True)
    counts = np.append(0, np.flatnonzero(last) + 1)  # pairs called the same, per cut
    true = np.append(0, hits)[counts]
    bounds = np.concatenate([[falling[0] + 1.0], (falling[:-1] + falling[1:])[last[:-1]] / 2, [falling[-1] - 1.0]])
    positives = hits[-1]
    accuracy = (true + (len(scores) - positives) - (counts - true)) / len(scores)
    f1 = 2 * true / np.maximum(counts + positives, 1)
    best = [len(values) - 1 - int(np.argmax(values[::-1])) for values in (accuracy, f1)]
    return PairThresholds(float(bounds[best[0]]), float(bounds[best[1]]))


def report_pairs(scores: Floats, same: Labels, thresholds: PairThresholds) -> PairReport:
    """Measure with thresholds found elsewhere. *Shape:* both ``(pairs,)``."""
    right = (scores >= thresholds.accuracy) == same
    called = scores >= thresholds.f1
    low, high = np.percentile(_resampled_f1(called, same), [2.5, 97.5])
    return PairReport(
        accuracy=bootstrap(right),
        f1=Interval(f1_score(called, same), float(low), float(high)),
        spearman=spearman(scores, same.astype(np.float64)),
        average_precision=average_precision(scores, same),
        pairs=len(same),
    )


def _resampled_f1(called: Labels, same: Labels) -> list[float]:
    """F1 of 1,000 resamples, each as four weighted kinds of pair: 12,500 pairs would take 8 times as long."""
    kinds = 2 * called + same
    called_of_kind, same_of_kind = np.array([False, False, True, True]), np.array([False, True, False, True])
    resamples = np.random.default_rng(0).integers(len(same), size=(_RESAMPLES, len(same)))
    counts = (np.bincount(kinds[rows], minlength=4) for rows in resamples)
    return [f1_score(called_of_kind, same_of_kind, count) for count in counts]


def f1_score(called: Labels, same: Labels, weights: npt.NDArray[np.int64] | None = None) -> float:
    """``2 true positives / (called + positives)`` by scikit-learn; 0 where there are neither.

    *Shape:* all ``(pairs,)``; `weights` says how often each pair counts.
    """
    from sklearn.metrics import f1_score as f1_of_labels

    return float(f1_of_labels(same, called, sample_weight=weights, zero_division=0.0))


def spearman(first: Floats, second: Floats) -> float:
    """The correlation of ranks by SciPy, equal values sharing their mean rank.

    0 where one side is constant or has a value that is no number.
    """
    from scipy.stats import spearmanr

    if any((side == side[0]).all() or np.isnan(side).any() for side in (first, second)):
        return 0.0
    correlation, _ = spearmanr(first, second)
    return float(correlation)


def average_precision(scores: Floats, same: Labels) -> float:
    """Mean of the precision over the recall steps by scikit-learn, equal scores taken as one step.

    0 without positives; scores that are no number come last.
    """
    from sklearn.metrics import average_precision_score

    if not same.any():
        return 0.0
    _, places = np.unique(-scores, return_inverse=True)  # an encoder that diverged gives NaN, which is refused there
    return float(average_precision_score(same, -places))
