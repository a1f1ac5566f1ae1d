"""Handing over to a person: at the user's wish, after a topic, a bad rating, or messages not understood."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ConversationPaused
from rasa_sdk.executor import CollectingDispatcher

from faq_component.dialogue.arbitration import FEEDBACK_INTENT, HANDOVER_COMMAND, RESUME_COMMAND
from faq_component.errors import HandoverStoreError
from faq_component.handover.opening import open_handover
from faq_component.handover.settings import OFFER, OPEN, HandoverSettings, read_handover
from faq_component.handover.store import HandoverStore, handover_file
from faq_component.handover.types import SOURCE_KEY, Author, Reason
from faq_component.rasa.actions import knowledge
from faq_component.rasa.actions.messages import TEXT_CHANNELS, channel_of, metadata_of

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]

_FALLBACK = "action_faq_fallback"
_TRANSPARENT = frozenset({"action_listen", "action_session_start", "action_extract_slots"})
_NOT_SAID = "/"  # commands, which buttons send


class ActionFaqHandover(Action):
    """Hands the conversation over to a person, whom the user asked for."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_handover"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say that it is handed over and pause the bot, or say when somebody is there."""
        if settings() is None:
            dispatcher.utter_message(text=knowledge.voice(tracker).say("handover_unavailable"))
            return []
        return hand_over(dispatcher, tracker, Reason.ASKED)


class ActionFaqResume(Action):
    """Says that the bot is here, to who wishes it back and has it."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_resume"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say so."""
        dispatcher.utter_message(text=knowledge.voice(tracker).say("handover_ended_user"))
        return []


def hand_over(dispatcher: CollectingDispatcher, tracker: Tracker, reason: Reason) -> Events:
    """Hand over if the setting `handover` is on: say so, or when somebody is there; return the events of it."""
    found = settings()
    if found is None:
        return []
    voice, channel = knowledge.voice(tracker), channel_of(tracker) or ""
    opening = open_handover(
        found,
        _store(),
        voice,
        conversation=tracker.sender_id,
        channel=channel,
        reason=reason,
        before=_said(tracker, dispatcher),
        language=knowledge.language(tracker) or "",
        source=_source(tracker),
    )
    if opening.handover is None:
        dispatcher.utter_message(text=opening.text)
        return []
    buttons = [{"title": voice.first("handover_back"), "payload": RESUME_COMMAND}]
    dispatcher.utter_message(text=opening.text, buttons=None if channel in TEXT_CHANNELS else buttons)
    return [ConversationPaused()]


def after_fallback(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Hand over if this is the last of so many messages, one after the other, that were not understood."""
    found = settings()
    if found is None or not found.triggers.misunderstood or not _reaches(tracker):
        return []
    if (_not_understood(tracker) + 1) % found.triggers.misunderstood:
        return []
    return hand_over(dispatcher, tracker, Reason.MISUNDERSTOOD)


def open_after_bad_rating(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Hand over if the settings have it, and somebody is there; return the events of it."""
    return hand_over(dispatcher, tracker, Reason.RATING) if _does_after_bad_rating(OPEN, tracker) else []


def offer_after_bad_rating(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Offer a person if the settings have it, and somebody is there."""
    if _does_after_bad_rating(OFFER, tracker):
        voice = knowledge.voice(tracker)
        buttons = [{"title": voice.first("handover_ask"), "payload": HANDOVER_COMMAND}]
        dispatcher.utter_message(text=voice.say("handover_offer"), buttons=buttons)


def _does_after_bad_rating(what: str, tracker: Tracker) -> bool:
    found = settings()
    if found is None or found.triggers.bad_rating != what:
        return False
    return found.hours.is_open(datetime.now(timezone.utc)) and _reaches(tracker)


@lru_cache(maxsize=1)
def settings() -> HandoverSettings | None:
    """Return the settings of handing over; None where it is off."""
    file = knowledge.settings().handover
    return None if file is None else read_handover(file)


@lru_cache(maxsize=1)
def _store() -> HandoverStore:
    found = settings()
    adapters = [addressee.name for addressee in found.addressees] if found else []
    return HandoverStore(handover_file(knowledge.settings().cache_dir), adapters)


def _reaches(tracker: Tracker) -> bool:
    """Whether a person's words can reach the user; who did not ask for one need not be told that they cannot."""
    try:
        return _store().reaches(channel_of(tracker) or "")
    except HandoverStoreError as error:
        logger.error("%s", error)
        return False


def _source(tracker: Tracker) -> str:
    source = metadata_of(tracker).get(SOURCE_KEY)
    return source if isinstance(source, str) else ""


def _said(tracker: Tracker, dispatcher: CollectingDispatcher) -> list[tuple[Author, str, float]]:
    """Return what was said so far, and what this turn says before it hands over."""
    said = []
    for event in tracker.events:
        kind, text = event.get("event"), event.get("text")
        if kind == "user" and isinstance(text, str) and text.startswith(_NOT_SAID):
            metadata = event.get("metadata")
            text = metadata.get("shown") if isinstance(metadata, dict) else None
        if kind == "bot" and isinstance(text, str):
            text = "\n".join([text, *(f"- {title}" for title in _offered(event))])
        if kind in ("user", "bot") and isinstance(text, str) and text:
            text = knowledge.words().hide(text) if kind == "user" else text
            said.append((Author(kind), text, float(event.get("timestamp") or 0)))
    last = said[-1][2] if said else 0.0
    return [*said, *((Author.BOT, str(each["text"]), last) for each in dispatcher.messages if each.get("text"))]


def _offered(event: dict[str, Any]) -> list[str]:
    """Return the titles of what a message of the bot offers; the ratings of an answer are none."""
    data = event.get("data")
    buttons = data.get("buttons") if isinstance(data, dict) else None
    return [
        str(button["title"])
        for button in buttons or ()
        if isinstance(button, dict) and "title" in button and not _is_rating(button)
    ]


def _is_rating(button: dict[str, Any]) -> bool:
    return str(button.get("payload", "")).startswith(f"/{FEEDBACK_INTENT}")


def _not_understood(tracker: Tracker) -> int:
    """Return how many messages before this one were not understood, one after the other."""
    count = 0
    for event in reversed(tracker.events):
        if event.get("event") in ("resume", "session_started"):
            break
        name = event.get("name") if event.get("event") == "action" else None
        if name == _FALLBACK:
            count += 1
        elif name is not None and name not in _TRANSPARENT and not _asks_again(tracker, name):
            break
    return count


def _asks_again(tracker: Tracker, name: str) -> bool:
    """Whether an action is the form that goes on after what was not understood."""
    return bool(tracker.active_loop) and tracker.active_loop.get("name") == name
