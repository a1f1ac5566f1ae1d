"""From hits to a decision: answer, ask back, or say that one does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from faq_component.confidence import MAX_CHOICES, Calibration, Surroundings, features, worth_offering
from faq_component.guard import Guard
from faq_component.topics import Faq
from faq_component.types import CERTAIN, Decision, Hit, Outcome

_DOUBT = 0.5  # factor of the confidence


class Rule(Protocol):
    """What decides on a question."""

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first."""
        ...

    def over(self, faq: Faq) -> Rule:
        """The rule for an edited FAQ, with what was fitted before; this one stays valid."""
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

    def over(self, faq: Faq) -> Thresholds:
        """These: they are of the retriever."""
        return self


@dataclass(frozen=True)
class Precision:
    """Bounds on the calibrated confidence, such that answers and questions back are right as often as was asked for.

    Args:
        calibration: fitted on the FAQ.
        answer: least probability of an answer, see `Calibration.answer_from`.
        ask: least probability of a question back, see `Calibration.ask_from`.
        surroundings: of the FAQ, where the calibration has weights for them.
    """

    calibration: Calibration
    answer: float
    ask: float
    surroundings: Surroundings | None = None

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first.

        ANSWER when the probability reaches `answer`, or when a post says just what was asked; CLARIFY when it reaches
        `ask`; REJECT otherwise.
        """
        if not hits:
            return Decision(Outcome.REJECT, 0.0, ())
        if _is_certain(hits):
            return Decision(Outcome.ANSWER, 1.0, (hits[0],))
        probability = self.probability(query, hits)
        confidence = min(probability, CERTAIN - 0.005)  # 1 says that the words are the same
        if probability >= self.answer:
            return Decision(Outcome.ANSWER, confidence, (hits[0],))
        if probability >= self.ask:
            return Decision(Outcome.CLARIFY, confidence, tuple(worth_offering(hits)))
        return Decision(Outcome.REJECT, confidence, ())

    def probability(self, query: str, hits: Sequence[Hit]) -> float:
        """The probability that the first of the hits has the right topic."""
        return self.calibration.probability(features(query, hits, self.surroundings))

    def over(self, faq: Faq) -> Precision:
        """With the surroundings of the edited FAQ; calibration and bounds stay."""
        return self if self.surroundings is None else replace(self, surroundings=self.surroundings.over(faq))


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

    def over(self, faq: Faq) -> Guarded:
        """Both over the edited FAQ."""
        return Guarded(self.rule.over(faq), self.guard.over(faq))


def _is_certain(hits: Sequence[Hit]) -> bool:
    """Whether a post says just what was asked, and none of another topic does."""
    return hits[0].score >= CERTAIN and (len(hits) == 1 or hits[1].score < hits[0].score)
