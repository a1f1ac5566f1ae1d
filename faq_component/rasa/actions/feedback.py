"""Ratings of answers: the buttons, the reasons, the thanks, and the log of ratings and choices."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from faq_component.dialogue.arbitration import FEEDBACK_INTENT
from faq_component.dialogue.choice import NONE_OF_THESE
from faq_component.dialogue.payload import (
    REASON_ENTITY,
    TOPIC_ENTITY,
    TOPIC_SLOT,
    USEFUL_ENTITY,
)
from faq_component.dialogue.voice import Voice
from faq_component.knowledge.topics import Topic
from faq_component.rasa.actions import knowledge
from faq_component.rasa.actions.handover import offer_after_bad_rating, open_after_bad_rating
from faq_component.rasa.actions.messages import channel_of, entity_of, metadata_of, topic_of
from faq_component.rasa.ratings import answered_question, outcome_of, questions
from faq_component.types import Outcome
from faq_component.usage import events as usage

_TITLES = (("useful", True), ("useless", False))  # sentences of the voice
_FAQ_ACTIONS = frozenset({"action_faq_answer", "action_faq_clarify", "action_faq_pick", "action_faq_suggest"})


class ActionFaqFeedback(Action):
    """Logs the rating of an answer, and thanks for it."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_feedback"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Log a valid rating, ``/faq_feedback{"topic": "<id>", "useful": true}``, and thank in any case.

        After "not useful", it asks why, with a button for each reason; after a reason, it invites a comment, which
        `FaqRecall` tells from a question.
        """
        topic, outcome = topic_of(tracker), outcome_of(partial(entity_of, tracker))
        known = topic if topic in knowledge.faq().by_id else None
        if known and outcome:
            comments = outcome == usage.COMMENT
            text = tracker.latest_message.get("text") if comments else answered_question(tracker.events, known)
            _record(tracker, usage.Event(usage.Kind.FEEDBACK, outcome, text=str(text or ""), topic=known))
        voice = knowledge.voice(tracker)
        if known and outcome == usage.USELESS and (events := open_after_bad_rating(dispatcher, tracker)):
            return events  # no question why, which the person would get the answer to
        if known and outcome == usage.USELESS:
            buttons = [
                {"title": voice.first(f"reason_{why}"), "payload": _rating(known, False, why)} for why in usage.WHY
            ]
            dispatcher.utter_message(text=voice.say("ask_reason"), buttons=buttons)
        elif known and outcome in usage.WHY:
            dispatcher.utter_message(text=voice.say("ask_comment"))
        else:
            dispatcher.utter_message(response="utter_feedback_thanks")
        if known and outcome == usage.USELESS:
            offer_after_bad_rating(dispatcher, tracker)
        return []


def wants_feedback(tracker: Tracker) -> bool:
    """Whether answers get the buttons 有用 and 没用: by the setting, or at the page's request, as in the web chat."""
    return knowledge.settings().feedback or metadata_of(tracker).get("feedback") is True


def with_feedback_buttons(message: dict[str, Any], topic: Topic, voice: Voice) -> dict[str, Any]:
    """Append the buttons 有用 and 没用 to a message that has a text."""
    if not message.get("text"):
        return message
    buttons = [{"title": voice.first(title), "payload": _rating(topic.id, useful)} for title, useful in _TITLES]
    return {**message, "buttons": [*message.get("buttons", []), *buttons]}


def _rating(topic_id: str, useful: bool, reason: str | None = None) -> str:
    entities = {TOPIC_ENTITY: topic_id, USEFUL_ENTITY: useful, **({REASON_ENTITY: reason} if reason else {})}
    return f"/{FEEDBACK_INTENT}{json.dumps(entities)}"


def record_pick(tracker: Tracker, picked: str | None) -> None:
    """Log the choice after a clarifying question, with the question; skip a topic that is gone, or led on to."""
    if (picked != NONE_OF_THESE and picked not in knowledge.faq().by_id) or _is_lead(tracker, picked):
        return
    for text, decision in questions(tracker.events):
        topic_ids = [hit.topic_id for hit in decision.hits]
        if decision.outcome is Outcome.CLARIFY and (picked in topic_ids or picked == NONE_OF_THESE):
            offered = tuple((topic_id, None) for topic_id in topic_ids)
            outcome, topic = (usage.NONE_OF_THESE, "") if picked == NONE_OF_THESE else (usage.PICKED, picked or "")
            _record(tracker, usage.Event(usage.Kind.PICK, outcome, text=text, topic=topic, topics=offered))
            return


def _is_lead(tracker: Tracker, picked: str | None) -> bool:
    """Whether the bot has led on to the topic, so that its button answers no clarifying question."""
    actions = (event.get("name") for event in reversed(tracker.events) if event.get("event") == "action")
    last = next((name for name in actions if name in _FAQ_ACTIONS), None)
    if last == "action_faq_suggest":
        return True
    answered = knowledge.faq().by_id.get(tracker.get_slot(TOPIC_SLOT) or "")
    targets = answered.options.targets.values() if answered else ()
    return last != "action_faq_clarify" and any(picked in topics for topics in targets)


def record_words(tracker: Tracker, words: str, topic_id: str) -> None:
    """Count a word that must not pass, of the bot's side (`usage.WORDS`)."""
    _record(tracker, usage.Event(usage.Kind.DECISION, words, topic=topic_id))


def _record(tracker: Tracker, event: usage.Event) -> None:
    channel = channel_of(tracker) or ""
    known = {"conversation": tracker.sender_id, "channel": channel, "faq": knowledge.faq().fingerprint}
    knowledge.recorder().record(replace(event, **known))
