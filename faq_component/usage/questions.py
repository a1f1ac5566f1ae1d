"""The questions that a person should look at: what the log says went wrong, and nobody has reviewed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from faq_component.knowledge.topics import Faq
from faq_component.language import N_
from faq_component.text import comparison_key
from faq_component.types import Outcome
from faq_component.usage.events import (
    COMMENT,
    NONE_OF_THESE,
    OTHER,
    OUT_OF_SCOPE,
    OUTDATED,
    PICKED,
    REOPENED,
    UNCLEAR,
    USEFUL,
    WRONG,
    Event,
    Kind,
)
from faq_component.usage.masking import without_words


class Reason(str, Enum):
    """Why a question is to be looked at."""

    UNANSWERED = N_("unanswered")
    LEFT = N_("left without a choice")
    NONE_OF_THESE = N_("none of these")
    PICKED = N_("picked a topic")
    USELESS = N_("answer not useful")
    WRONG = N_("answer wrong")
    UNCLEAR = N_("answer unclear")
    OUTDATED = N_("answer outdated")
    OTHER = N_("answer not useful for another reason")


WHY_REASONS = {WRONG: Reason.WRONG, UNCLEAR: Reason.UNCLEAR, OUTDATED: Reason.OUTDATED, OTHER: Reason.OTHER}
_RATED = frozenset({Reason.USELESS, *WHY_REASONS.values()})


@dataclass(frozen=True)
class Question:
    """A question of users; wordings that say the same (`question_key`) are one.

    Args:
        text: its latest wording, masked.
        count: how often it is to be looked at.
        last_seen: when it was asked last, UTC.
        reasons: how often for which reason.
        picked: ids of the topics that users picked when asked to clarify, and how often.
        useless: ids of the topics whose answer was not useful, and how often.
        comments: what users wrote about such answers, masked, in their order.
    """

    text: str
    count: int
    last_seen: str
    reasons: Mapping[Reason, int]
    picked: Mapping[str, int]
    useless: Mapping[str, int]
    comments: tuple[str, ...] = ()


@dataclass
class _Asked:
    event: Event
    reason: Reason
    topic: str = ""
    comments: tuple[str, ...] = ()


@dataclass
class _Closed:
    items: list[_Asked] = field(default_factory=list)
    was_out_of_scope: bool = False


def question_key(text: str) -> str:
    """What two wordings that say the same have in common; masked personal data does not count."""
    return comparison_key(without_words(text)) or comparison_key(text)


def open_questions(events: Iterable[Event], faq: Faq) -> list[Question]:
    """Return the questions to review, the most frequent first, then the latest.

    The bot rejected them, asked a clarifying question, or gave an answer that the user called not useful. A review
    closes all questions before it; one that found the question out of scope closes it for good. A question that is a
    post of the FAQ by now is answered, so only an answer that was not useful leaves it open.
    """
    asked, out_of_scope = _collect(events)
    posts = {question_key(post) for topic in faq.topics for post in topic.posts}
    questions = []
    for key, items in asked.items():
        left = [item for item in items if key not in posts or item.reason in _RATED]
        if left and key not in out_of_scope:
            questions.append(_question(left))
    return sorted(sorted(questions, key=lambda q: (q.last_seen, q.text), reverse=True), key=lambda q: -q.count)


def out_of_scope_texts(events: Iterable[Event]) -> list[str]:
    """The questions that reviews found out of scope, in the order in which they did, each once."""
    found: dict[str, str] = {}
    before: dict[str, str | None] = {}
    for event in events:
        if event.kind is Kind.REVIEW:
            key = question_key(event.text)
            last = found.pop(key, None)
            text = (
                event.text if event.outcome == OUT_OF_SCOPE else before.get(key) if event.outcome == REOPENED else None
            )
            before[key] = last
            if text is not None:
                found[key] = text
    return list(found.values())


def _collect(events: Iterable[Event]) -> tuple[dict[str, list[_Asked]], set[str]]:
    asked: dict[str, list[_Asked]] = {}
    out_of_scope: set[str] = set()
    closed: dict[str, _Closed] = {}  # by the last review of a question
    rated: dict[tuple[str, str], _Asked] = {}  # the last rating of a topic in a conversation
    for event in events:
        if (event.kind, event.outcome) == (Kind.FEEDBACK, COMMENT):
            if item := rated.get((event.conversation, event.topic)):
                item.comments = (*item.comments, event.text)
            continue
        key = question_key(event.text)
        items = asked.setdefault(key, []) if key else []
        if event.kind is Kind.DECISION:
            if event.outcome != Outcome.ANSWER.value:
                reason = Reason.LEFT if event.outcome == Outcome.CLARIFY.value else Reason.UNANSWERED
                items.append(_Asked(event, reason))
        elif event.kind is Kind.PICK:
            _pick(items, event)
        elif event.kind is Kind.FEEDBACK:
            _rate(items, event, rated)
        elif event.outcome == REOPENED:
            before = closed.pop(key, _Closed())
            asked[key] = [*before.items, *items]
            (out_of_scope.add if before.was_out_of_scope else out_of_scope.discard)(key)
        else:
            closed[key] = _Closed(asked.pop(key, []), key in out_of_scope)
            (out_of_scope.add if event.outcome == OUT_OF_SCOPE else out_of_scope.discard)(key)
    return asked, out_of_scope


def _pick(items: list[_Asked], event: Event) -> None:
    """A choice belongs to the last clarifying question of its conversation."""
    for item in reversed(items):
        if item.event.conversation == event.conversation and item.reason is Reason.LEFT:
            reasons = {PICKED: Reason.PICKED, NONE_OF_THESE: Reason.NONE_OF_THESE}
            item.reason, item.topic = reasons.get(event.outcome, item.reason), event.topic
            return


def _rate(items: list[_Asked], event: Event, rated: dict[tuple[str, str], _Asked]) -> None:
    """Of a user's ratings of one answer the last counts; a reason takes the place of the rating that it is of."""
    same = (event.conversation, event.topic)
    items[:] = [item for item in items if item.reason not in _RATED or (item.event.conversation, item.topic) != same]
    rated.pop(same, None)
    if event.outcome != USEFUL:
        rated[same] = _Asked(event, WHY_REASONS.get(event.outcome, Reason.USELESS), event.topic)
        items.append(rated[same])


def _question(items: list[_Asked]) -> Question:
    last = max(items, key=lambda item: (item.event.time, item.event.id)).event
    return Question(
        text=last.text,
        count=len(items),
        last_seen=last.time,
        reasons=Counter(item.reason for item in items),
        picked=Counter(item.topic for item in items if item.reason is Reason.PICKED),
        useless=Counter(item.topic for item in items if item.reason in _RATED),
        comments=tuple(comment for item in items for comment in item.comments),
    )
