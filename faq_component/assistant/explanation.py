"""Why a message is decided as it is: scores, segments, bounds, and the step that turned the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from faq_component.assistant.decide import decide_on, search_segments
from faq_component.assistant.live import Knowledge
from faq_component.decision.languages import LanguageRule
from faq_component.decision.rules import (
    ContrastRule,
    DecisionRule,
    PrecisionRule,
    ThresholdRule,
    WrappingRule,
    are_equal,
)
from faq_component.decision.segments import Segment
from faq_component.decision.siblings import fills_otherwise, siblings_of
from faq_component.knowledge.topics import Topic
from faq_component.language import N_
from faq_component.retrieval.hybrid import HybridRetriever, PartScores
from faq_component.retrieval.question import Question
from faq_component.types import CERTAIN, Decision, Hit, Outcome, Result


class Reason(Enum):
    """What a decision rests on; the value says it."""

    EXACT = N_("a phrasing says just what the message says")
    SURE = N_("the bot is sure enough to answer")
    UNSURE = N_("the bot is not sure enough to answer, but enough to ask what is meant")
    LOW = N_("the bot is not sure enough even to ask what is meant")
    NOTHING = N_("nothing in the FAQ is near to it")
    EQUAL = N_("two topics are equally near")
    SIBLINGS = N_("several topics differ in one word only, which the message does not say")
    FORM = N_("the message differs from the nearest phrasing in the one word that tells topics of this form apart")
    SEVERAL = N_("the message asks about several topics")
    CONTRAST = N_("one word of the message changes the meaning of the nearest phrasing")
    LANGUAGE = N_("the message is in a language that the FAQ does not speak")
    LEARNED = N_("what people picked and taught before has turned it")
    CONTEXT = N_("it was read as a follow-up to the answer before")
    WORDS = N_("a word of it is on the list of words that must not pass")


@dataclass(frozen=True)
class Scored:
    """A hit, and what its score is mixed from; None where the retriever does not mix scores."""

    hit: Hit
    parts: PartScores | None


@dataclass(frozen=True)
class Explanation:
    """A decision with its reasons.

    Args:
        result: the decision.
        reasons: what it rests on, the weightiest last.
        hits: best first.
        segments: what of the message was searched, the whole first; one where it was not split.
        decided_on: the segment that decided.
        answer_from: least confidence of an answer.
        ask_from: least confidence of a clarifying question.
        searched: how many topics the message may find.
    """

    result: Result
    reasons: tuple[Reason, ...]
    hits: tuple[Scored, ...] = ()
    segments: tuple[str, ...] = ()
    decided_on: str = ""
    answer_from: float = 1.0
    ask_from: float = 1.0
    searched: int = 0

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {
            "reasons": [reason.name.lower() for reason in self.reasons],
            "segments": list(self.segments),
            "decided_on": self.decided_on,
            "answer_from": round(self.answer_from, 4),
            "ask_from": round(self.ask_from, 4),
            "searched": self.searched,
            "scores": [
                {"topic": one.hit.topic_id, "score": round(float(one.hit.score), 4), **_parts_to_json(one.parts)}
                for one in self.hits
            ],
        }


def explain(knowledge: Knowledge, question: Question, top_k: int, last: Topic | None = None) -> Explanation:
    """Decide on a message as `decide` does, and say why; arguments as there."""
    starts = search_segments(knowledge, question, top_k)
    segment, alone = knowledge.rule.decide_on_segments(starts)
    result = decide_on(starts, knowledge, question, top_k, last)
    rules = _rules(knowledge.rule)
    reasons = _reasons(rules, starts, segment)
    hits: Sequence[Hit] = segment.hits
    if last is not None and result.decision != alone:
        reasons, hits = [Reason.CONTEXT], result.hits
    answer, ask = _bounds(rules[-1])
    among = knowledge.asked(question).among
    found = (topic.id for topic in knowledge.searched.topics if among.topics is None or topic.id in among.topics)
    searched = sum(topic_id not in among.without for topic_id in found)
    texts = tuple(dict.fromkeys(one.question.text for start in starts for one in start))
    return Explanation(
        result, tuple(reasons), _scored(knowledge, segment.question, hits), texts, segment.question.text, answer, ask,
        searched,
    )  # fmt: skip


def _rules(rule: DecisionRule) -> list[DecisionRule]:
    """Return a rule and those that it wraps, the innermost last."""
    rules = [rule]
    while isinstance(rules[-1], WrappingRule):
        rules.append(rules[-1].rule)
    return rules


def _reasons(rules: Sequence[DecisionRule], starts: Sequence[Sequence[Segment]], segment: Segment) -> list[Reason]:
    """Return the reason of the innermost rule, then those of the rules around it that turned its decision."""
    decision = rules[-1].decide_on_segments(starts)[1]
    reasons = [_reason(rules[-1], decision, segment)]
    for rule in reversed(rules[:-1]):
        revised = rule.decide_on_segments(starts)[1]
        if revised.outcome is not decision.outcome or _topics(revised) != _topics(decision):
            known = {ContrastRule: Reason.CONTRAST, LanguageRule: Reason.LANGUAGE}
            reasons.append(next((reason for kind, reason in known.items() if isinstance(rule, kind)), Reason.LEARNED))
        decision = revised
    return reasons


def _reason(rule: DecisionRule, decision: Decision, segment: Segment) -> Reason:
    if not segment.hits:
        return Reason.NOTHING
    if decision.outcome is Outcome.REJECT:
        return Reason.LOW
    if decision.outcome is Outcome.ANSWER:
        return Reason.EXACT if decision.confidence >= CERTAIN else Reason.SURE
    if isinstance(rule, PrecisionRule) and siblings_of(segment.question, segment.hits):
        return Reason.SIBLINGS
    if decision.confidence < _bounds(rule)[0]:
        return Reason.UNSURE
    if are_equal(segment.hits):
        return Reason.EQUAL
    return Reason.FORM if fills_otherwise(segment.question, segment.hits) else Reason.SEVERAL


def _bounds(rule: DecisionRule) -> tuple[float, float]:
    """Return the least confidence of an answer and of a clarifying question."""
    if isinstance(rule, PrecisionRule):
        return max(rule.answer, 0.5), min(rule.ask, 1.0)
    return (rule.answer, rule.clarify) if isinstance(rule, ThresholdRule) else (1.0, 1.0)


def _scored(knowledge: Knowledge, question: Question, hits: Sequence[Hit]) -> tuple[Scored, ...]:
    if not isinstance(knowledge.retriever, HybridRetriever):
        return tuple(Scored(hit, None) for hit in hits)
    parts = knowledge.retriever.part_scores(question, hits)
    if len(parts) != len(hits):
        return tuple(Scored(hit, None) for hit in hits)
    return tuple(map(Scored, hits, parts))


def _topics(decision: Decision) -> tuple[str, ...]:
    return tuple(hit.topic_id for hit in decision.hits)


def _parts_to_json(parts: PartScores | None) -> dict[str, float | None]:
    if parts is None:
        return {}
    return {name: None if value is None else round(value, 4) for name, value in vars(parts).items()}
