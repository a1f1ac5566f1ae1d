"""What the recall hands to the action server through the message: plain JSON under the key ``faq``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faq_component.types import Decision, Outcome

MESSAGE_KEY = "faq"
UNAVAILABLE = {"outcome": "unavailable"}  # in place of a payload, where the service could not be asked
TOPIC_ENTITY = "topic"
USEFUL_ENTITY = "useful"  # whether a user found an answer useful: true or false
CHOICES_SLOT = "faq_choices"  # ids of the topics that the bot has asked about last
TOPIC_SLOT = "faq_topic"  # id of the topic that the bot has answered last


@dataclass(frozen=True)
class FaqPayload:
    """The outcome, the confidence, the ids of the topics concerned, best first, and the FAQ's version.

    The version is None in messages of other programs, or from before there were versions.
    """

    outcome: Outcome
    confidence: float
    topic_ids: tuple[str, ...]
    version: str | None = None

    @classmethod
    def of(cls, decision: Decision, version: str) -> FaqPayload:
        """The payload of a decision on this version of the FAQ."""
        topic_ids = tuple(hit.topic_id for hit in decision.hits)
        return cls(decision.outcome, round(decision.confidence, 4), topic_ids, version)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        content = {"outcome": self.outcome.value, "confidence": self.confidence, "topics": list(self.topic_ids)}
        return content if self.version is None else {**content, "version": self.version}

    @classmethod
    def from_message(cls, message: Mapping[str, Any] | None) -> FaqPayload | None:
        """Read the payload of a tracker's message; None where there is none, or one that is not of this form."""
        content = (message or {}).get(MESSAGE_KEY)
        if not isinstance(content, Mapping):
            return None
        topics = content.get("topics")
        try:
            outcome, confidence = Outcome(content.get("outcome")), float(content.get("confidence", 0.0))
        except (TypeError, ValueError):
            return None
        if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
            return None
        version = content.get("version")
        return cls(outcome, confidence, tuple(topics), version if _is_version(version) else None)


def is_unavailable(message: Mapping[str, Any] | None) -> bool:
    """Whether a tracker's message could not be decided on, because the service was away."""
    return (message or {}).get(MESSAGE_KEY) == UNAVAILABLE


def _is_version(value: object) -> bool:
    """Whether it has the form of `Faq.version`; it names a file."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16}", value) is not None
