"""Two retrievers on the same questions: is one better, and on which questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_component.evaluation.metrics import Interval, bootstrap
from faq_component.evaluation.results import Result


@dataclass(frozen=True)
class PairedTest:
    """How two retrievers compare at hit@1.

    `difference` is the first's hit@1 less the second's, with its 95% bootstrap interval over questions; `p_value` is
    that of McNemar's exact test; `first_won` and `second_won` are the places of the questions that only one got right.
    """

    first: str
    second: str
    difference: Interval
    p_value: float
    first_won: tuple[int, ...]
    second_won: tuple[int, ...]


def compare_retrievers(results: dict[str, Sequence[Result]], first: str, second: str) -> PairedTest:
    """Compare two retrievers whose results are of the same questions in the same order.

    Raises:
        ValueError: the questions differ.
    """
    if [result.query for result in results[first]] != [result.query for result in results[second]]:
        raise ValueError(f"'{first}' and '{second}' were not asked the same questions; search both anew")
    right = np.array([[result.rank == 1 for result in results[name]] for name in (first, second)])  # (2, queries)
    first_won = np.flatnonzero(right[0] & ~right[1])
    second_won = np.flatnonzero(right[1] & ~right[0])
    return PairedTest(
        first,
        second,
        bootstrap(right[0].astype(np.float64) - right[1]),
        mcnemar(len(first_won), len(second_won)),
        tuple(first_won.tolist()),
        tuple(second_won.tolist()),
    )


def mcnemar(first_won: int, second_won: int) -> float:
    """The two-sided p-value of McNemar's exact test (McNemar 1947), by SciPy's binomial test.

    Were both equally good, each question that only one got right would be a fair coin: ``min(1, 2 * P(X <= least))``
    with X binomial of ``first_won + second_won`` tosses; 1 without a toss. Questions that both got right, or neither,
    are ties and do not count.
    """
    from scipy.stats import binomtest

    tosses = first_won + second_won
    return float(binomtest(first_won, tosses).pvalue) if tosses else 1.0
