"""What a message says of an answer, and which question the answer was to. Knows nothing of Rasa but its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from faq_component.dialogue.payload import COMMENT_ENTITY, REASON_ENTITY, TOPIC_SLOT, USEFUL_ENTITY, result_of
from faq_component.types import Decision
from faq_component.usage import events as usage

_OUTCOMES = {"true": usage.USEFUL, "false": usage.USELESS}

Events = Sequence[Mapping[str, Any]]


def outcome_of(entity: Callable[[str], Any]) -> str | None:
    """Return what a message says of an answer: a rating, why it was useless, or a comment; None for nothing valid.

    Args:
        entity: returns the value of an entity of the message by its name, or None.
    """
    if entity(COMMENT_ENTITY) is True:
        return usage.COMMENT
    rating, reason = _OUTCOMES.get(str(entity(USEFUL_ENTITY)).lower()), entity(REASON_ENTITY)
    return str(reason) if rating == usage.USELESS and reason in usage.WHY else rating


def answered_question(events: Events, topic_id: str) -> str | None:
    """Return the question that a topic last answered in a conversation; None where it answered none."""
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if (event.get("event"), event.get("name"), event.get("value")) == ("slot", TOPIC_SLOT, topic_id):
            return next((text for text, _ in questions(events[:place])), "")
    return None


def questions(events: Events) -> Iterator[tuple[str, Decision]]:
    """Yield the user's messages with their decisions, latest first."""
    for event in reversed(events):
        if event.get("event") == "user" and (result := result_of(event.get("parse_data"))):
            yield str(event.get("text") or ""), result.decision
