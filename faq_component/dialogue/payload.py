"""What the pipeline hands to the action server with the message: a `Result` as JSON under the key ``faq``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faq_component.types import Result

MESSAGE_KEY = "faq"
UNAVAILABLE = {"outcome": "unavailable"}  # in place of a payload, where the service could not be asked
TOPIC_ENTITY = "topic"
USEFUL_ENTITY = "useful"  # whether a user found an answer useful: true or false
CHOICES_SLOT = "faq_choices"  # ids of the topics that the bot has asked about last
TOPIC_SLOT = "faq_topic"  # id of the topic that the bot has answered last


def result_of(message: Mapping[str, Any] | None) -> Result | None:
    """The result that a tracker's message carries; None where there is none, or one that is not of its form."""
    return Result.from_json((message or {}).get(MESSAGE_KEY))


def is_unavailable(message: Mapping[str, Any] | None) -> bool:
    """Whether a tracker's message could not be decided on, because the service was away."""
    return (message or {}).get(MESSAGE_KEY) == UNAVAILABLE
