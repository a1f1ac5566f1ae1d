"""Questions to begin with, which a channel asks for when somebody opens a conversation."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from faq_component.dialogue.payload import CHOICES_SLOT
from faq_component.errors import ScopeError
from faq_component.rasa.actions import knowledge
from faq_component.rasa.actions.answers import offer
from faq_component.rasa.actions.messages import scope_in
from faq_component.usage.suggestions import SUGGESTED, Suggestion, Suggestions

logger = logging.getLogger(__name__)


class ActionFaqSuggest(Action):
    """Greets, and offers questions to begin with."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_faq_suggest"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Say the greeting, with a button for each question, which sends it; only the greeting where there is none."""
        greeting, found = knowledge.voice(tracker).say("greeting"), _suggested(tracker)
        if not found:
            dispatcher.utter_message(text=greeting)
            return []
        offer(dispatcher, tracker, greeting, [(question.text, question.text) for question in found])
        return [SlotSet(CHOICES_SLOT, [question.topic for question in found])]


def _suggested(tracker: Tracker) -> list[Suggestion]:
    try:
        scope = scope_in(tracker, knowledge.settings().scope)
        return _suggestions().of(knowledge.faq(), SUGGESTED, scope, knowledge.words().current.bot)
    except ScopeError as error:  # of a slot or of metadata, which whoever sends messages may choose
        logger.warning("%s", error)
        return []


@lru_cache(maxsize=1)
def _suggestions() -> Suggestions:
    return Suggestions(knowledge.settings().log)
