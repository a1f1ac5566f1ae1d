"""How often the bot answers rightly, asks back, or wrongly believes that it knows; and thresholds that balance it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from faq_component.decision.rules import DecisionRule, ThresholdRule
from faq_component.evaluation.queries import Query
from faq_component.retrieval.question import Question
from faq_component.types import Decision, Hit, Outcome

Searched = tuple[Query, Sequence[Hit]]

_STEP = 0.02


@dataclass(frozen=True)
class DecisionCounts:
    """Counts of outcomes: the first five over questions with a topic, the last three over those without."""

    right: int = 0
    wrong: int = 0
    clarified: int = 0
    clarified_without_topic: int = 0
    rejected: int = 0
    unknown_answered: int = 0
    unknown_clarified: int = 0
    unknown_rejected: int = 0

    @property
    def known(self) -> int:
        """Questions that have a topic."""
        return self.right + self.wrong + self.clarified + self.clarified_without_topic + self.rejected

    @property
    def unknown(self) -> int:
        """Questions that no topic answers."""
        return self.unknown_answered + self.unknown_clarified + self.unknown_rejected

    @property
    def utility(self) -> float:
        """What thresholds are chosen by.

        +1 for a right answer, +0.5 for asking back with the right topic among the choices, -0.25 for asking back
        without it, -1 for a wrong answer or an answer where there is none, 0 for saying "I don't know".
        """
        asked_in_vain = self.clarified_without_topic + self.unknown_clarified
        return self.right + 0.5 * self.clarified - 0.25 * asked_in_vain - self.wrong - self.unknown_answered


def count_decisions(searched: Iterable[Searched], rule: DecisionRule) -> DecisionCounts:
    """Count what a rule decides on queries that were searched as a whole."""
    return count_outcomes((query, rule.decide(Question(query.text), hits)) for query, hits in searched)


def count_outcomes(decided: Iterable[tuple[Query, Decision]]) -> DecisionCounts:
    """Count decisions on queries."""
    counts = dict.fromkeys(DecisionCounts.__dataclass_fields__, 0)
    for query, decision in decided:
        counts[outcome_name(decision, query.topic_id)] += 1
    return DecisionCounts(**counts)


def outcome_name(decision: Decision, topic_id: str | None) -> str:
    """The field of `DecisionCounts` that a decision counts in, for a question of this topic, or of none."""
    if topic_id is None:
        return {
            Outcome.ANSWER: "unknown_answered",
            Outcome.CLARIFY: "unknown_clarified",
            Outcome.REJECT: "unknown_rejected",
        }[decision.outcome]
    if decision.outcome is Outcome.REJECT:
        return "rejected"
    has_topic = any(hit.topic_id == topic_id for hit in decision.hits)
    if decision.outcome is Outcome.ANSWER:
        return "right" if has_topic else "wrong"
    return "clarified" if has_topic else "clarified_without_topic"


def tune_thresholds(
    searched: Sequence[Searched],
    track: Callable[[Sequence[ThresholdRule]], Iterable[ThresholdRule]] = iter,
) -> ThresholdRule:
    """The thresholds of the greatest `DecisionCounts.utility` on development queries, from a grid of step 0.02.

    `track` may wrap the grid in a progress bar. Of equal ones the most cautious is taken.
    """
    grid = [
        ThresholdRule(answer=round(answer, 2), clarify=round(clarify, 2), margin=margin)
        for answer, clarify in itertools.product(_steps(0.1, 0.96), _steps(0.06, 0.8))
        for margin in (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.14)
        if clarify <= answer
    ]
    return max(
        track(grid),
        key=lambda t: (count_decisions(searched, t).utility, t.answer, t.clarify, t.margin),
    )


def _steps(low: float, high: float) -> list[float]:
    return [low + _STEP * step for step in range(round((high - low) / _STEP) + 1)]
