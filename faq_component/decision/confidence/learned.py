"""A confidence moved by what users and reviewers said about past questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from faq_component.decision.confidence.types import Confidence
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit

# Standard deviations of the prior on slope and offset; twice the latter changes little (`benchmarks.learning`).
_SLOPE_SPREAD, _OFFSET_SPREAD = 0.25, 1.0
_LEAST = 1e-6
# Whoever talks to the bot can rate, also dishonestly and in many conversations. So however much is said, the logits of
# confidences move by no more than this: what was sure enough by as much is still answered.
_MOST_MOVED = 1.0
_SURE = math.log(0.99 / 0.01)


class Verdict(NamedTuple):
    """The probability that a question's first hit has the correct topic, and whether it had."""

    probability: float
    right: bool


@dataclass(frozen=True)
class Shift:
    """A line on the logit of a confidence (Platt 1999): ``slope * logit + offset``. The default changes nothing.

    No logit moves by more than what may be learned, also beyond those that the line was fitted between.
    """

    slope: float = 1.0
    offset: float = 0.0

    def moved(self, probability: float) -> float:
        """Return the moved probability; 0 stays 0, and the result is less than 1."""
        if probability <= 0.0:
            return 0.0
        before = logit_of(probability)
        added = (self.slope - 1) * before + self.offset
        logit = before + min(max(added, -_MOST_MOVED), _MOST_MOVED)
        return 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))


def fit_shift(verdicts: Sequence[Verdict]) -> Shift:
    """Return the likeliest shift after these verdicts (maximum a posteriori), within the bounds of what may be learned.

    Slope and offset have normal priors around 1 and 0, so that a few verdicts move little, and many as much as they
    warrant. The slope is positive: a negative one would call the less likely the likelier.
    """
    if not verdicts:
        return Shift()
    from scipy.optimize import minimize

    logits = np.array([logit_of(verdict.probability) for verdict in verdicts])
    right = np.array([verdict.right for verdict in verdicts], dtype=float)

    def loss(ends: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        """Negative logarithm of the posterior, and its gradient, by what is added to the logits 0 and `_SURE`."""
        slope, offset = _line(ends)
        moved = slope * logits + offset
        away = np.array([(slope - 1) / _SLOPE_SPREAD**2, offset / _OFFSET_SPREAD**2])
        penalty = ((slope - 1) / _SLOPE_SPREAD) ** 2 / 2 + (offset / _OFFSET_SPREAD) ** 2 / 2
        error = 1 / (1 + np.exp(-moved)) - right
        total = float((np.logaddexp(0.0, moved) - right * moved).sum() + penalty)
        by_slope, by_offset = np.array([error @ logits, error.sum()]) + away
        return total, np.array([by_offset - by_slope / _SURE, by_slope / _SURE])

    found = minimize(loss, [0.0, 0.0], jac=True, method="L-BFGS-B", bounds=[(-_MOST_MOVED, _MOST_MOVED)] * 2)
    return Shift(*map(float, _line(found.x)))


def _line(ends: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset of the line that adds so much to the logits 0 and `_SURE`."""
    offset, added = ends
    return 1 + (added - offset) / _SURE, offset


@dataclass(frozen=True)
class LearnedConfidence:
    """A confidence whose probabilities a shift moves."""

    confidence: Confidence
    shift: Shift

    def probability(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> float:
        """Probability, less than 1, that the first hit or one of its siblings has the correct topic."""
        return self.shift.moved(self.confidence.probability(question, hits, siblings))

    def updated(self, faq: Faq, retriever: Retriever) -> LearnedConfidence:
        """Return the confidence over an edited FAQ; the shift stays."""
        return LearnedConfidence(self.confidence.updated(faq, retriever), self.shift)


def logit_of(probability: float) -> float:
    """Logit of a probability, which counts as a millionth away from 0 and 1 at least."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))
