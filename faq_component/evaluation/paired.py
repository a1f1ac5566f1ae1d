"""Paired comparison of two retrievers on the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_component.evaluation.metrics import Interval, bootstrap
from faq_component.evaluation.results import SearchedQuestion


@dataclass(frozen=True)
class PairedTest:
    """Comparison of two retrievers at hit@1.

    `difference` is hit@1 of the first minus that of the second, with its 95% bootstrap interval over questions;
    `p_value` is of McNemar's exact test; `first_won` and `second_won` are the indices of the questions on which only
    that one is correct.
    """

    first: str
    second: str
    difference: Interval
    p_value: float
    first_won: tuple[int, ...]
    second_won: tuple[int, ...]


def compare_retrievers(results: dict[str, Sequence[SearchedQuestion]], first: str, second: str) -> PairedTest:
    """Compare two retrievers that searched the same questions in the same order.

    Raises:
        ValueError: the questions differ.
    """
    if [result.query for result in results[first]] != [result.query for result in results[second]]:
        raise ValueError(f"'{first}' and '{second}' were not asked the same questions; search both again")
    correct = np.array([[result.rank == 1 for result in results[name]] for name in (first, second)])  # (2, queries)
    first_won = np.flatnonzero(correct[0] & ~correct[1])
    second_won = np.flatnonzero(correct[1] & ~correct[0])
    return PairedTest(
        first,
        second,
        bootstrap(correct[0].astype(np.float64) - correct[1]),
        mcnemar(len(first_won), len(second_won)),
        tuple(first_won.tolist()),
        tuple(second_won.tolist()),
    )


def mcnemar(first_won: int, second_won: int) -> float:
    """Compute the two-sided p-value of McNemar's exact test (McNemar 1947), by SciPy's binomial test.

    Under the null hypothesis each question on which only one is correct is a fair coin toss: ``min(1, 2 * P(X <=
    least))`` with X binomial of ``first_won + second_won`` tosses; 1 without a toss. Questions on which both are
    correct, or neither, are ties and do not count.
    """
    from scipy.stats import binomtest

    tosses = first_won + second_won
    return float(binomtest(first_won, tosses).pvalue) if tosses else 1.0
