"""What users say about answers: the buttons, the thanks, and the log of ratings and choices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from faq_component.dialogue.arbitration import FEEDBACK_INTENT
from faq_component.dialogue.choice import NONE_OF_THESE
from faq_component.dialogue.payload import TOPIC_ENTITY, TOPIC_SLOT, USEFUL_ENTITY, result_of
from faq_component.dialogue.voice import Voice
from faq_component.knowledge.topics import Topic
from faq_component.rasa.actions import knowledge
from faq_component.types import Decision, Outcome
from faq_component.usage import events as usage

_TITLES = (("useful", True), ("useless", False))  # sentences of the voice
_OUTCOMES = {"true": usage.USEFUL, "false": usage.USELESS}


class ActionFaqFeedback(Action):
    """Thanks for a word on an answer, and keeps it."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_faq_feedback"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Thank; what comes is ``/faq_feedback{"topic": "<id>", "useful": true}``, other forms of it are not kept."""
        topic = next(tracker.get_latest_entity_values(TOPIC_ENTITY), None)
        useful = next(tracker.get_latest_entity_values(USEFUL_ENTITY), None)
        outcome = _OUTCOMES.get(str(useful).lower())
        if isinstance(topic, str) and topic in knowledge.faq().by_id and outcome:
            _record(tracker, usage.Event(usage.Kind.FEEDBACK, outcome, text=_answered(tracker, topic), topic=topic))
        dispatcher.utter_message(response="utter_feedback_thanks")
        return []


def wants_feedback(tracker: Tracker) -> bool:
    """Whether answers get 有用 and 没用: by the setting, or because the page asks for them, as the web chat does."""
    metadata = tracker.latest_message.get("metadata") or {}
    return knowledge.settings().feedback or metadata.get("feedback") is True


def with_feedback_buttons(message: dict[str, Any], topic: Topic, voice: Voice) -> dict[str, Any]:
    """The message with 有用 and 没用 after the buttons that it has; one without a text stays as it is."""
    if not message.get("text"):
        return message
    buttons = [{"title": voice.first(title), "payload": _rating(topic.id, useful)} for title, useful in _TITLES]
    return {**message, "buttons": [*message.get("buttons", []), *buttons]}


def _rating(topic_id: str, useful: bool) -> str:
    return f"/{FEEDBACK_INTENT}{json.dumps({TOPIC_ENTITY: topic_id, USEFUL_ENTITY: useful})}"


def record_pick(tracker: Tracker, picked: str | None) -> None:
    """Keep what was chosen after a question back, with the question; a topic that is gone is not kept."""
    if picked != NONE_OF_THESE and picked not in knowledge.faq().by_id:
        return
    for text, decision in _questions(tracker.events):
        topic_ids = [hit.topic_id for hit in decision.hits]
        if decision.outcome is Outcome.CLARIFY and (picked in topic_ids or picked == NONE_OF_THESE):
            offered = tuple((topic_id, None) for topic_id in topic_ids)
            outcome, topic = (usage.NONE_OF_THESE, "") if picked == NONE_OF_THESE else (usage.PICKED, picked or "")
            _record(tracker, usage.Event(usage.Kind.PICK, outcome, text=text, topic=topic, topics=offered))
            return


def _answered(tracker: Tracker, topic_id: str) -> str:
    """The question to which the topic was given last; empty where it was to none."""
    for place in range(len(tracker.events) - 1, -1, -1):
        event = tracker.events[place]
        if (event.get("event"), event.get("name"), event.get("value")) == ("slot", TOPIC_SLOT, topic_id):
            return next((text for text, _ in _questions(tracker.events[:place])), "")
    return ""


def _questions(events: list[dict[str, Any]]) -> Iterator[tuple[str, Decision]]:
    """The messages of the user that were decided on, the latest first."""
    for event in reversed(events):
        if event.get("event") == "user" and (result := result_of(event.get("parse_data"))):
            yield event.get("text") or "", result.decision


def _record(tracker: Tracker, event: usage.Event) -> None:
    channel = tracker.get_latest_input_channel() or ""
    known = {"conversation": tracker.sender_id, "channel": channel, "faq": knowledge.faq().fingerprint}
    knowledge.recorder().record(replace(event, **known))
