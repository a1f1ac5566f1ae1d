"""Ratings of the bot's answers while a person has the conversation."""

from __future__ import annotations

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.dialogue.payload import TOPIC_ENTITY
from faq_component.rasa.ratings import answered_question, outcome_of
from faq_component.usage.events import Event, Kind


def rating_event(message: UserMessage, tracker: DialogueStateTracker | None) -> Event | None:
    """Return what the log keeps of a rating; None where it is invalid, or the conversation has no such answer."""
    read = YAMLStoryReader.unpack_regex_message(Message({TEXT: message.text}))
    entities = {entity["entity"]: entity["value"] for entity in read.get(ENTITIES) or ()}
    topic, outcome = str(entities.get(TOPIC_ENTITY)), outcome_of(entities.get)
    events = [event.as_dict() for event in tracker.events] if tracker is not None else []
    question = answered_question(events, topic)
    if outcome is None or question is None:
        return None
    channel = message.input_channel or ""
    return Event(Kind.FEEDBACK, outcome, question, topic, conversation=message.sender_id, channel=channel)
