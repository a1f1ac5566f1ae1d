"""What a tracker says of the latest message, where each value has the type that the actions need.

Whoever can send a message, or events over Rasa's API, chooses its entities, metadata and channel, of any JSON type.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker

from faq_component.dialogue.payload import TOPIC_ENTITY
from faq_component.dialogue.scope import Scope, scope_of
from faq_component.errors import ScopeError
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq

logger = logging.getLogger(__name__)

# Rasa's text-only channels, which would write out buttons with their payloads, and Rocket.Chat, whose buttons write the
# payload into the chat.
TEXT_CHANNELS = frozenset({"rocketchat", "twilio", "twilio_voice", "webexteams", "wechat"})


def entity_of(tracker: Tracker, name: str) -> Any:
    """Return the value of the first entity of this name in the latest message, or None."""
    entities = tracker.latest_message.get("entities")
    for entity in entities if isinstance(entities, list) else []:
        if isinstance(entity, Mapping) and entity.get("entity") == name:
            return entity.get("value")
    return None


def topic_of(tracker: Tracker) -> str | None:
    """Return the topic that the latest message names; None where it is missing or no text."""
    value = entity_of(tracker, TOPIC_ENTITY)
    return value if isinstance(value, str) else None


def metadata_of(tracker: Tracker) -> Mapping[str, Any]:
    """Return the metadata of the latest message; empty where it is missing or no object."""
    metadata = tracker.latest_message.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def scope_in(tracker: Tracker, source: Mapping[str, Any] | None) -> Scope | None:
    """Return the scope that the setting `scope` gives the latest message; None for all topics.

    Raises:
        ScopeError: it is malformed.
    """
    return scope_of(source, slots=tracker.slots, metadata=metadata_of(tracker), channel=channel_of(tracker))


def topics_within(tracker: Tracker, source: Mapping[str, Any] | None, faq: Faq) -> frozenset[str] | None:
    """Return the topics in the scope that the setting `scope` gives the latest message; None for all.

    They are none where the scope is malformed or has an unknown tag: `FaqRecall` finds nothing then, either.
    """
    try:
        scope = scope_in(tracker, source)
        return None if scope is None else topics_in(scope, faq)
    except ScopeError as error:
        logger.warning("%s", error)
        return frozenset()


def channel_of(tracker: Tracker) -> str | None:
    """Return the channel of the latest message; None where it is missing or no text."""
    channel = tracker.get_latest_input_channel()
    return channel if isinstance(channel, str) else None
