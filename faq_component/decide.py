"""From hits to a decision: answer, ask back, or say that one does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from faq_component.confidence import Calibration, features
from faq_component.guard import Guard
from faq_component.types import CERTAIN, Decision, Hit, Outcome

MAX_CHOICES = 3
_WITHIN = 0.5  # share of the best score that a topic needs to be offered
_DOUBT = 0.5  # factor of the confidence


class Rule(Protocol):
    """What decides on a question."""

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first."""
        ...


@dataclass(frozen=True)
class Thresholds:
    """Bounds on the score of one retriever, 0 to 1: chosen on development data, see `DEFAULT_THRESHOLDS`."""

    answer: float
    clarify: float
    margin: float

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first.

        ANSWER when the best score reaches `answer` and leads the second topic by `margin`, or when a post says just
        what was asked; CLARIFY between topics that reach `clarify`; REJECT otherwise.
        """
        if not hits or hits[0].score < self.clarify:
            return Decision(Outcome.REJECT, hits[0].score if hits else 0.0, ())
        best = hits[0]
        lead = best.score - (hits[1].score if len(hits) > 1 else 0.0)
        if _is_certain(hits) or (best.score >= self.answer and lead >= self.margin):
            return Decision(Outcome.ANSWER, best.score, (best,))
        choices = tuple(hit for hit in hits[:MAX_CHOICES] if hit.score >= self.clarify)
        return Decision(Outcome.CLARIFY, best.score, choices)


@dataclass(frozen=True)
class Precision:
    """Bounds on the calibrated confidence, such that answers and questions back are right as often as was asked for.

    Args:
        calibration: fitted on the FAQ.
        answer: least probability of an answer, see `Calibration.answer_from`.
        ask: least probability of a question back, see `Calibration.ask_from`.
    """

    calibration: Calibration
    answer: float
    ask: float

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first.

        ANSWER when the probability reaches `answer`, or when a post says just what was asked; CLARIFY when it reaches
        `ask`; REJECT otherwise.
        """
        if not hits:
            return Decision(Outcome.REJECT, 0.0, ())
        if _is_certain(hits):
            return Decision(Outcome.ANSWER, 1.0, (hits[0],))
        probability = min(self.calibration.probability(features(query, hits)), CERTAIN - 0.005)
        if probability >= self.answer:
            return Decision(Outcome.ANSWER, probability, (hits[0],))
        if probability >= self.ask:
            return Decision(Outcome.CLARIFY, probability, tuple(worth_offering(hits)))
        return Decision(Outcome.REJECT, probability, ())


@dataclass(frozen=True)
class Guarded:
    """Another rule, except that an answer which the guard doubts becomes a question back, at half the confidence."""

    rule: Rule
    guard: Guard

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first."""
        decision = self.rule.decide(query, hits)
        if decision.outcome is Outcome.ANSWER and self.guard.doubts(query, hits[0].topic_id, hits[0].post):
            return Decision(Outcome.CLARIFY, decision.confidence * _DOUBT, tuple(worth_offering(hits)))
        return decision


def worth_offering(hits: Sequence[Hit]) -> Sequence[Hit]:
    """The topics that a question back offers: at most three, whose score is half the best one or more."""
    return [hit for hit in hits[:MAX_CHOICES] if hit.score >= _WITHIN * hits[0].score]


def _is_certain(hits: Sequence[Hit]) -> bool:
    """Whether a post says just what was asked, and none of another topic does."""
    return hits[0].score >= CERTAIN and (len(hits) == 1 or hits[1].score < hits[0].score)
