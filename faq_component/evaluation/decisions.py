"""Count correct answers, clarifying questions and false answers, and choose thresholds by them."""

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
    """Counts of outcomes: the first five of questions with a topic, the last three of those without."""

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
        """The value by which thresholds are chosen.

        +1 for a correct answer, +0.5 for a clarifying question that offers the correct topic, -0.25 for one that does
        not, -1 for an incorrect answer or one where no topic answers, 0 for a rejection.
        """
        useless = self.clarified_without_topic + self.unknown_clarified
        return self.right + 0.5 * self.clarified - 0.25 * useless - self.wrong - self.unknown_answered


def count_decisions(searched: Iterable[Searched], rule: DecisionRule) -> DecisionCounts:
    """Count the decisions of a rule on queries that were searched as a whole, not in segments."""
    return count_outcomes((query, rule.decide(Question(query.text), hits)) for query, hits in searched)


def count_outcomes(decided: Iterable[tuple[Query, Decision]]) -> DecisionCounts:
    """Count the outcomes of decisions on queries."""
    counts = dict.fromkeys(DecisionCounts.__dataclass_fields__, 0)
    for query, decision in decided:
        counts[outcome_name(decision, query.topic_id)] += 1
    return DecisionCounts(**counts)


def outcome_name(decision: Decision, topic_id: str | None) -> str:
    """Name the field of `DecisionCounts` that counts a decision on a question of this topic, or of none."""
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
    """Choose the thresholds of greatest `DecisionCounts.utility` on development queries, from a grid of step 0.02.

    `track` may wrap the grid in a progress bar. Of equally good thresholds the most cautious are taken.
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
