"""Actions for FAQ messages: answer, clarifying question, choice and fallback."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from faq_component.dialogue.arbitration import PICK_INTENT
from faq_component.dialogue.choice import NONE_OF_THESE
from faq_component.dialogue.payload import (
    CHOICES_SLOT,
    HANDOFF_SLOT,
    TOPIC_ENTITY,
    TOPIC_SLOT,
    is_refused,
    is_unavailable,
    result_of,
)
from faq_component.handover.types import Reason
from faq_component.knowledge.checking import Faq, Topic
from faq_component.knowledge.offers import Lead, leads_of, offered
from faq_component.knowledge.passing import say_topic, shown_leads, shown_topic, shown_topics
from faq_component.knowledge.responses import message_of, text_of
from faq_component.rasa.actions import knowledge
from faq_component.rasa.actions.feedback import record_pick, record_words, wants_feedback, with_feedback_buttons
from faq_component.rasa.actions.handover import after_fallback, hand_over
from faq_component.rasa.actions.messages import TEXT_CHANNELS, channel_of, topic_of, topics_within

Events = list[dict[str, Any]]

logger = logging.getLogger(__name__)


class ActionFaqAnswer(Action):
    """Answers with a response of the topic decided on."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Answer, or utter that the bot does not know if the topic is gone.

        A message with a word that must not pass is refused.
        """
        if is_refused(tracker.latest_message):
            dispatcher.utter_message(text=knowledge.voice(tracker).say("refused"))
            return []
        topics = _topics_of_decision(tracker)
        if topics:
            return _answer(dispatcher, tracker, topics[0])
        dispatcher.utter_message(response="utter_unknown")
        return []


class ActionFaqClarify(Action):
    """Asks which of up to three topics the user means, with a button for each."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_clarify"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Ask the clarifying question; channels without buttons get a numbered list.

        A button sends ``/faq_pick{"topic": "<id>"}``; `FaqRecall` reads a typed choice.
        """
        found = _topics_of_decision(tracker)
        topics = shown_topics(found, knowledge.words().current.bot)
        if not topics:
            if found:
                record_words(tracker, "bot.refuse", "")
            dispatcher.utter_message(response="utter_unknown")
            return []
        voice = knowledge.voice(tracker)
        choices = [*((topic.title, topic.id) for topic in topics), (voice.first("none_of_these"), NONE_OF_THESE)]
        offer(dispatcher, tracker, voice.say("ask_back"), [(title, _pick(topic_id)) for title, topic_id in choices])
        return [SlotSet(CHOICES_SLOT, [topic.id for topic in topics])]


class ActionFaqPick(Action):
    """Answers the topic that the user chose."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_pick"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Answer; after "none of these", or if the topic is gone, switched off or out of scope, ask to rephrase."""
        picked = topic_of(tracker)
        logger.info("Offered topics: %s; picked: %s.", tracker.get_slot(CHOICES_SLOT), picked)
        record_pick(tracker, picked)
        faq = knowledge.faq()
        for topic in offered([picked or ""], faq, _within(tracker, faq)):
            return _answer(dispatcher, tracker, topic)
        dispatcher.utter_message(response="utter_rephrase")
        return []


class ActionFaqFallback(Action):
    """Says that the bot does not know, or that it cannot answer now."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_fallback"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter `utter_unavailable` if the decision failed, else `utter_unknown` and the nearest known questions.

        There are such where the setting `nearest_floor` allows it. The last of several messages that were not
        understood is handed over instead, where somebody is there.
        """
        after = CollectingDispatcher()
        events = after_fallback(after, tracker)
        if not events:  # else the sentence of the handover is enough
            self._say(dispatcher, tracker)
        dispatcher.messages += after.messages
        return events

    @staticmethod
    def _say(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        if is_unavailable(tracker.latest_message):
            dispatcher.utter_message(response="utter_unavailable")
            return
        dispatcher.utter_message(response="utter_unknown")
        result, faq = result_of(tracker.latest_message), knowledge.faq()
        ids = [hit.topic_id for hit in result.hits] if result else []
        nearest = shown_topics(offered(ids, faq, _within(tracker, faq)), knowledge.words().current.bot)
        if leads := [Lead(topic, topic.title) for topic in nearest]:
            dispatcher.utter_message(**with_leads({}, leads, tracker, "nearest"))


def offer(dispatcher: CollectingDispatcher, tracker: Tracker, text: str, choices: Sequence[tuple[str, str]]) -> None:
    """Offer choices, of title and payload: buttons; in channels without buttons, a numbered list below the text."""
    if channel_of(tracker) in TEXT_CHANNELS:
        lines = [f"{number}. {title}" for number, (title, _) in enumerate(choices, 1)]
        text = "\n".join([text, *lines, knowledge.voice(tracker).say("reply_with_number")])
        dispatcher.utter_message(text=text)
    else:
        buttons = [{"title": title, "payload": payload} for title, payload in choices]
        dispatcher.utter_message(text=text, buttons=buttons)


def _pick(topic_id: str) -> str:
    return f"/{PICK_INTENT}{json.dumps({TOPIC_ENTITY: topic_id})}"


def _topics_of_decision(tracker: Tracker) -> list[Topic]:
    """Return the topics of the decision that the FAQ still has."""
    result = result_of(tracker.latest_message)
    if result is None:
        return []
    by_id, ids = knowledge.faq(result.version or None).by_id, [hit.topic_id for hit in result.decision.hits]
    found = [by_id[topic_id] for topic_id in ids if topic_id in by_id]
    if ids and not found:
        logger.warning(
            "The FAQ of this action server has none of the topics that Rasa decided on (%s): they were removed just "
            "now, or the action server is another project's.",
            ", ".join(ids),
        )
    return found


def _answer(dispatcher: CollectingDispatcher, tracker: Tracker, topic: Topic) -> Events:
    bot = knowledge.words().current.bot
    said = say_topic(
        topic,
        bot,
        knowledge.draw(),
        last=_last_response(tracker, shown_topic(topic, bot)),
        channel=channel_of(tracker),
        slots=tracker.slots,
    )
    for words in said.lists:
        record_words(tracker, words, topic.id)
    if said.response is None:
        dispatcher.utter_message(response="utter_unknown")
        return []
    faq = knowledge.faq()
    leads = shown_leads(leads_of(topic, faq, _within(tracker, faq)), bot).all
    message = with_leads(message_of(said.response), leads, tracker)
    if wants_feedback(tracker) and channel_of(tracker) not in TEXT_CHANNELS:
        message = with_feedback_buttons(message, topic, knowledge.voice(tracker))
    # Not as a response of the domain: Rasa would interpret braces in it.
    dispatcher.utter_message(**message)
    events = [SlotSet(TOPIC_SLOT, topic.id)]
    if topic.options.handoff or tracker.get_slot(HANDOFF_SLOT):
        events.append(SlotSet(HANDOFF_SLOT, topic.options.handoff))
    return [*events, *(hand_over(dispatcher, tracker, Reason.TOPIC) if topic.options.handoff else [])]


def with_leads(
    message: dict[str, Any], leads: Sequence[Lead], tracker: Tracker, heading: str = "related"
) -> dict[str, Any]:
    """Add the topics that an answer leads on to: buttons; in channels without buttons, lines below the text.

    `heading` names the sentence of the voice above them, where the message has no text or the channel no buttons.
    """
    if not leads:
        return message
    text, heading = message.get("text"), knowledge.voice(tracker).first(heading)
    if channel_of(tracker) in TEXT_CHANNELS:
        lines = [heading, *(f"- {lead.title}" for lead in leads)]
        return {**message, "text": "\n".join([text, *lines] if text else lines)}
    buttons = [{"title": lead.title, "payload": _pick(lead.topic.id)} for lead in leads]
    return {**message, "text": text or heading, "buttons": [*message.get("buttons", []), *buttons]}


def _within(tracker: Tracker, faq: Faq) -> frozenset[str] | None:
    return topics_within(tracker, knowledge.settings().scope, faq)


def _last_response(tracker: Tracker, topic: Topic) -> str | None:
    """Return the response of a topic that the user got last, or None."""
    texts = {text for response in topic.responses if (text := text_of(response))}
    heading = knowledge.voice(tracker).first("related")
    for event in reversed(tracker.events):
        if event.get("event") == "bot" and isinstance(text := event.get("text"), str):
            for said in (text, text.rpartition(f"\n{heading}\n")[0]):  # with the lines of `with_leads`, or without
                if said in texts:
                    return said
    return None
