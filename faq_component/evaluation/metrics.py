"""Quality and speed of a retriever on questions with known topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DEPTH = 10
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A mean over queries with its 95% interval, as fractions."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class RecallReport:
    """Quality and speed of a retriever: hit@1, hit@3, hit@10 and MRR@10, and milliseconds per query after a warm-up."""

    metrics: dict[str, Interval]
    queries: int
    median_ms: float
    p95_ms: float

    def to_json(self) -> dict[str, Any]:
        """Return JSON values: each metric with value, low and high."""
        metrics = {name: vars(interval) for name, interval in self.metrics.items()}
        return {**metrics, "queries": self.queries, "median_ms": self.median_ms, "p95_ms": self.p95_ms}


def summarize(ranks: npt.ArrayLike, milliseconds: Sequence[float]) -> RecallReport:
    """Compute the metrics of ranks (0 means not found) and of times. *Shape:* both ``(queries,)``, at least one."""
    rank = np.asarray(ranks)
    reciprocal = np.divide(1.0, rank, out=np.zeros(len(rank)), where=(rank > 0) & (rank <= DEPTH))
    metrics = {f"hit@{k}": bootstrap((rank > 0) & (rank <= k)) for k in (1, 3, DEPTH)}
    metrics[f"MRR@{DEPTH}"] = bootstrap(reciprocal)
    return RecallReport(metrics, len(rank), float(np.median(milliseconds)), float(np.percentile(milliseconds, 95)))


def bootstrap(values: npt.ArrayLike, seed: int = 0) -> Interval:
    """Compute the mean with its 95% percentile bootstrap interval (Efron 1979; 2,000 resamples, seeded).

    *Shape:* `values` ``(n,)``, n at least 1.
    """
    sample = np.asarray(values, dtype=np.float64)
    if not len(sample):
        raise ValueError("the mean of no values is not defined; give at least one")
    draw = np.random.default_rng(seed)
    means = [sample[draw.integers(len(sample), size=len(sample))].mean() for _ in range(_RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(sample.mean()), float(low), float(high))
