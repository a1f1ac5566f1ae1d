"""The payload from the pipeline to the action server: a `Result` as JSON under the message's key ``faq``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faq_component.types import Result

MESSAGE_KEY = "faq"
UNAVAILABLE = {"outcome": "unavailable"}  # the payload where the service cannot be reached
REFUSED = {"outcome": "refused"}  # the payload of a message that holds a word that must not pass
TOPIC_ENTITY = "topic"
USEFUL_ENTITY = "useful"  # whether a user found an answer useful: true or false
REASON_ENTITY = "faq_reason"  # why an answer was not useful: one of `usage.events.WHY`
COMMENT_ENTITY = "faq_comment"  # whether a message is what a user adds to that
CHOICES_SLOT = "faq_choices"  # ids of the topics in the last clarifying question
HANDOFF_SLOT = "faq_handoff"  # whether the last answer is to be followed by a person
TOPIC_SLOT = "faq_topic"  # id of the topic that the bot answered last


def result_of(message: Mapping[str, Any] | None) -> Result | None:
    """Read the result from a tracker's message; None where it is missing or malformed."""
    return Result.from_json(message.get(MESSAGE_KEY)) if isinstance(message, Mapping) else None


def is_unavailable(message: Mapping[str, Any] | None) -> bool:
    """Whether the service could not be reached to decide on a tracker's message."""
    return (message or {}).get(MESSAGE_KEY) == UNAVAILABLE


def is_refused(message: Mapping[str, Any] | None) -> bool:
    """Whether a tracker's message holds a word that must not pass."""
    return (message or {}).get(MESSAGE_KEY) == REFUSED
