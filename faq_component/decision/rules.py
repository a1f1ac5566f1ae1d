"""From hits to a decision: answer, ask back, or say that one does not know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Protocol

from faq_component.decision.confidence import MAX_CHOICES, Calibration, Surroundings, features, worth_offering
from faq_component.decision.contrast import Guard
from faq_component.decision.segments import parts_of
from faq_component.knowledge.topics import Faq
from faq_component.types import BELOW_CERTAIN, CERTAIN, Decision, Hit, Outcome, Part

_DOUBT = 0.5  # factor of the confidence


class Rule(Protocol):
    """What decides on a question."""

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first."""
        ...

    def divide(self, message: str) -> list[list[str]]:
        """What of a message is to be searched: for each place where what is asked may begin, the parts from there."""
        ...

    def decide_on_parts(self, starts: Sequence[Sequence[Part]]) -> tuple[Part, Decision]:
        """The decision on a message that was searched as `divide` said, and the part of it that it is on."""
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

    def divide(self, message: str) -> list[list[str]]:
        """The message: of its parts the one with the greatest score is the wrong one more often than not."""
        return [[message]]

    def decide_on_parts(self, starts: Sequence[Sequence[Part]]) -> tuple[Part, Decision]:
        """The decision on the message, which is the only part."""
        part = starts[0][0]
        return part, self.decide(part.text, part.hits)

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
        divides: whether a long message is searched in parts, which takes as many searches.
    """

    calibration: Calibration
    answer: float
    ask: float
    surroundings: Surroundings | None = None
    divides: bool = True

    def decide(self, query: str, hits: Sequence[Hit]) -> Decision:
        """The decision on a question and its hits, best first.

        ANSWER when the probability reaches `answer`, or when a post says just what was asked; CLARIFY when it reaches
        `ask`; REJECT otherwise.
        """
        if not hits:
            return Decision(Outcome.REJECT, 0.0, ())
        if _is_certain(hits):
            return Decision(Outcome.ANSWER, 1.0, (hits[0],))
        return self._bounded(self.probability(query, hits), worth_offering(hits))

    def divide(self, message: str) -> list[list[str]]:
        """The parts of a long message (`parts_of`)."""
        return parts_of(message) if self.divides else [[message]]

    def decide_on_parts(self, starts: Sequence[Sequence[Part]]) -> tuple[Part, Decision]:
        """The decision on a message that was searched as `divide` said, and the part of it that it is on.

        Either a message asks nothing that the FAQ knows, or what is asked begins at one of the n starts, each as
        likely. With the odds o = p/(1-p) of the likeliest part of each start, where p is its probability as a message,
        Bayes' theorem gives that part the probability (o/n) / (1 + the sum of o/n over all starts); with one start this
        is p. A topic has the sum over the parts that find it. CLARIFY where two topics would be answered if their parts
        were all that is asked; where a post says just what the whole says, that is it.
        """
        whole = starts[0][0]
        found = [
            max(map(self._with_probability, asked), key=itemgetter(0))
            for parts in starts
            if (asked := _with_hits(parts))
        ]
        if not found or len(starts) == 1 or _is_certain(whole.hits):
            return whole, self.decide(whole.text, whole.hits)
        odds = [probability / (1 - probability) / len(starts) for probability, _ in found]
        topics: defaultdict[str, float] = defaultdict(float)
        best: dict[str, tuple[float, Part]] = {}
        for (probability, part), share in zip(found, odds, strict=True):
            topic_id = part.hits[0].topic_id
            topics[topic_id] += share / (1 + sum(odds))
            best[topic_id] = max(best.get(topic_id, (0.0, part)), (probability, part), key=itemgetter(0))
        first, *others = sorted(topics, key=lambda topic_id: -topics[topic_id])
        part = best[first][1]
        asked_too = [topic_id for topic_id in others if best[topic_id][0] >= self.answer]
        likely = [
            topic_id for topic_id in others if topics[topic_id] >= topics[first] / 2 and topic_id not in asked_too
        ]
        offered = [best[topic_id][1].hits[0] for topic_id in (first, *asked_too, *likely)]
        near = [hit for hit in worth_offering(part.hits) if hit.topic_id not in {hit.topic_id for hit in offered}]
        decision = self._bounded(topics[first], [*offered, *near][:MAX_CHOICES])
        if asked_too and decision.outcome is Outcome.ANSWER:
            return part, replace(decision, outcome=Outcome.CLARIFY, hits=tuple(offered[:MAX_CHOICES]))
        return part, decision

    def _bounded(self, probability: float, choices: Sequence[Hit]) -> Decision:
        confidence = min(probability, BELOW_CERTAIN)
        if probability >= self.answer:
            return Decision(Outcome.ANSWER, confidence, (choices[0],))
        if probability >= self.ask:
            return Decision(Outcome.CLARIFY, confidence, tuple(choices))
        return Decision(Outcome.REJECT, confidence, ())

    def probability(self, query: str, hits: Sequence[Hit]) -> float:
        """The probability that the first of the hits has the right topic."""
        return self.calibration.probability(features(query, hits, self.surroundings))

    def _with_probability(self, part: Part) -> tuple[float, Part]:
        return self.probability(part.text, part.hits), part

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
        return self._doubted(Part(query, hits), self.rule.decide(query, hits))

    def divide(self, message: str) -> list[list[str]]:
        """As the other rule does."""
        return self.rule.divide(message)

    def decide_on_parts(self, starts: Sequence[Sequence[Part]]) -> tuple[Part, Decision]:
        """The decision of the other rule, unless the guard doubts it, and the part that it is on."""
        part, decision = self.rule.decide_on_parts(starts)
        return part, self._doubted(part, decision)

    def _doubted(self, part: Part, decision: Decision) -> Decision:
        hits = part.hits
        if decision.outcome is Outcome.ANSWER and self.guard.doubts(part.text, hits[0].topic_id, hits[0].post):
            return Decision(Outcome.CLARIFY, decision.confidence * _DOUBT, tuple(worth_offering(hits)))
        return decision

    def over(self, faq: Faq) -> Guarded:
        """Both over the edited FAQ."""
        return Guarded(self.rule.over(faq), self.guard.over(faq))


def _with_hits(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.hits]


def _is_certain(hits: Sequence[Hit]) -> bool:
    """Whether a post says just what was asked, and none of another topic does."""
    return bool(hits) and hits[0].score >= CERTAIN and (len(hits) == 1 or hits[1].score < hits[0].score)
