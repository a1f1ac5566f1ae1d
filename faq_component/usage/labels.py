"""Questions whose topic is known from the log: picked after a clarifying question, rated, or reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from faq_component.usage.events import (
    NONE_OF_THESE,
    OUT_OF_SCOPE,
    OUTDATED,
    PICKED,
    POST,
    REOPENED,
    UNCLEAR,
    USEFUL,
    USELESS,
    Event,
    Kind,
)
from faq_component.usage.questions import question_key

_SOURCES = {
    (Kind.PICK, PICKED),
    (Kind.PICK, NONE_OF_THESE),
    (Kind.FEEDBACK, USEFUL),
    (Kind.FEEDBACK, USELESS),
    (Kind.REVIEW, POST),
    (Kind.REVIEW, OUT_OF_SCOPE),
}


class Label(NamedTuple):
    """What is known about a question.

    Args:
        text: the question, masked.
        topic: id of its topic; empty where it has none.
        refused: ids of the topics that it does not have, where no more is known.
        time: when it was said, as events bear it.
        conversation: of the user who said so; empty where a reviewer did.
    """

    text: str
    topic: str
    refused: frozenset[str]
    time: str
    conversation: str = ""

    def is_right(self, topic_id: str) -> bool | None:
        """Whether the question has a topic; None where that is not known."""
        if self.refused:
            return False if topic_id in self.refused else None
        return topic_id == self.topic


def labels_of(events: Iterable[Event]) -> list[Label]:
    """Return the labelled questions in the order in which they were labelled.

    A question without text counts for nothing. What one user said last about a question counts, and what a reviewer
    said counts in place of what users said before.
    """
    found: dict[tuple[str, str], Label] = {}
    replaced: dict[str, dict[tuple[str, str], Label]] = {}  # by the last review of a question
    for event in events:
        key = question_key(event.text)
        if not key:
            continue
        place = key, event.conversation
        reasons = event.outcome in (UNCLEAR, OUTDATED) and event.kind is Kind.FEEDBACK
        if reasons and place in found and event.topic in found[place].refused:
            del found[place]  # the answer is to be mended, but its topic was right
        if event.kind is Kind.REVIEW and event.outcome == REOPENED:
            found.pop(place, None)
            found |= replaced.pop(key, {})
            continue
        if event.kind is Kind.REVIEW:
            replaced[key] = {other: label for other, label in found.items() if other[0] == key}
        if (event.kind, event.outcome) not in _SOURCES:
            continue
        if event.kind is Kind.REVIEW:
            for other in replaced[key]:
                del found[other]
        found.pop(place, None)  # the last one is the latest
        found[place] = _label(event)
    return list(found.values())


def _label(event: Event) -> Label:
    conversation = "" if event.kind is Kind.REVIEW else event.conversation
    known = Label(event.text, event.topic, frozenset(), event.time, conversation)
    if event.outcome == USELESS:
        return known._replace(topic="", refused=frozenset([event.topic]))
    if event.outcome == NONE_OF_THESE:
        return known._replace(topic="", refused=frozenset(topic for topic, _score in event.topics))
    return known._replace(topic="") if event.outcome == OUT_OF_SCOPE else known
