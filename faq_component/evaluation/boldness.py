"""What would become of questions with other target precisions of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_rules import with_precisions
from faq_component.assistant.decide import search_segments
from faq_component.assistant.live import Knowledge
from faq_component.decision.confidence import DEPTH, Confidence
from faq_component.decision.rules import DecisionRule, PrecisionRule, WrappingRule
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Decision, Hit

PRECISIONS = tuple(number / 100 for number in range(80, 100))

Asked = tuple[str, int]  # a question, and how often it was asked


@dataclass(frozen=True)
class Tried:
    """A question with the decision at each of `PRECISIONS`."""

    text: str
    count: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class _Remembered:
    """A confidence that works out each probability once: it is the same whatever the bounds."""

    confidence: Confidence
    known: dict[object, float] = field(default_factory=dict, compare=False)

    def probability(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> float:
        key = question.text, tuple(hits), tuple(siblings)
        if key not in self.known:
            self.known[key] = self.confidence.probability(question, hits, siblings)
        return self.known[key]

    def updated(self, faq: Faq, retriever: Retriever) -> Confidence:
        return self.confidence.updated(faq, retriever)


def try_precisions(
    assistant: Assistant, questions: Sequence[Asked], track: Callable[[Sequence[Asked]], Iterable[Asked]] = iter
) -> list[Tried]:
    """Decide on each question at each of `PRECISIONS`, with one search; `track` may show progress.

    Each question is taken alone, without the topic that was answered before it, and in no scope.

    Returns:
        Nothing where the rule decides by thresholds on the score, which no precision moves.
    """
    knowledge, settings = assistant.knowledge, assistant.settings
    if not knowledge.rule.is_calibrated:
        return []
    top_k = max(settings.top_k, DEPTH)
    rules = [with_precisions(knowledge.rule, replace(settings, answer_precision=one)) for one in PRECISIONS]
    return [Tried(text, count, _decisions(knowledge, text, top_k, rules)) for text, count in track(questions)]


def outcomes_at(tried: Sequence[Tried], precision: float) -> Counter[str]:
    """Count the outcomes at one of `PRECISIONS`, each question as often as it was asked."""
    place = PRECISIONS.index(precision)
    counts: Counter[str] = Counter()
    for one in tried:
        counts[one.decisions[place].outcome.value] += one.count
    return counts


def changed(tried: Sequence[Tried], before: float, after: float) -> list[tuple[Tried, Decision, Decision]]:
    """Return the questions whose outcome differs between two of `PRECISIONS`, the most frequent first."""
    first, second = PRECISIONS.index(before), PRECISIONS.index(after)
    found = [(one, one.decisions[first], one.decisions[second]) for one in tried]
    return sorted((one for one in found if one[1].outcome is not one[2].outcome), key=lambda one: -one[0].count)


def nearest_precision(value: float) -> float:
    """Return the one of `PRECISIONS` that is nearest to a value."""
    return min(PRECISIONS, key=lambda one: abs(one - value))


def _decisions(knowledge: Knowledge, text: str, top_k: int, rules: Sequence[DecisionRule]) -> tuple[Decision, ...]:
    starts, known = search_segments(knowledge, Question(text), top_k), dict[object, float]()
    return tuple(_remembering(rule, known).decide_on_segments(starts)[1] for rule in rules)


def _remembering(rule: DecisionRule, known: dict[object, float]) -> DecisionRule:
    if isinstance(rule, WrappingRule):
        return replace(rule, rule=_remembering(rule.rule, known))
    return replace(rule, confidence=_Remembered(rule.confidence, known)) if isinstance(rule, PrecisionRule) else rule
