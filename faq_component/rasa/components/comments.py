"""Comments on answers, and messages that are turned into what a button sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from faq_component.dialogue.arbitration import FEEDBACK_INTENT
from faq_component.dialogue.payload import REASON_ENTITY, TOPIC_ENTITY
from faq_component.knowledge.question_form import asks
from faq_component.types import Decision, Outcome

_EXTRACTOR = "FaqRecall"


def commented_topic(text: str, tracker: DialogueStateTracker | None, decision: Decision) -> str | None:
    """Return the topic whose answer a message is a comment on; None where it is none.

    It is one right after the reason why that answer was not useful, unless the FAQ answers it, or it has the form of a
    question and the FAQ has topics to ask about.
    """
    if tracker is None or decision.outcome is Outcome.ANSWER or (decision.outcome is Outcome.CLARIFY and asks(text)):
        return None
    before = tracker.latest_message
    if before is None or before.intent_name != FEEDBACK_INTENT:
        return None
    entities = {entity.get("entity"): entity.get("value") for entity in before.entities}
    topic_id = entities.get(TOPIC_ENTITY)
    return topic_id if REASON_ENTITY in entities and isinstance(topic_id, str) else None


def set_intent(message: Message, intent_name: str, entities: Mapping[str, Any]) -> None:
    """Turn a message into what a button with this intent and these entities sends."""
    intent = {"name": intent_name, "confidence": 1.0}
    added = [
        {"entity": name, "value": value, "confidence_entity": 1.0, "extractor": _EXTRACTOR}
        for name, value in entities.items()
    ]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, {"name": None, "confidence": 0.0}], add_to_output=True)
    others = [other for other in message.get(ENTITIES) or [] if other["entity"] not in entities]
    message.set(ENTITIES, [*others, *added], add_to_output=True)
