"""The questions that the page offers: at the beginning of a conversation, and while the user types."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.completion import Completions
from faq_component.dialogue.scope import Scope, scope_of
from faq_component.dialogue.words_file import LiveWords
from faq_component.errors import FaqError
from faq_component.knowledge.following import FollowedFaq
from faq_component.settings import Settings
from faq_component.usage.suggestions import SUGGESTED, Suggestions

logger = logging.getLogger(__name__)

_PROCESS = "web-chat"


class Opening:
    """Buttons with questions to begin with, and completions, of the newest FAQ.

    Args:
        settings: name the FAQ, the log and the scope.
        channel: name of the channel, for the scope.
    """

    def __init__(self, settings: Settings, channel: str) -> None:
        self._settings = settings
        self._channel = channel
        self._suggestions = Suggestions(settings.log)
        self._completions = Completions(build_rewriter(settings))
        self._words = LiveWords(settings.words, simplify=settings.simplify)

    def buttons(self, slots: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return a button for each question, which sends it; none where the FAQ or the scope is faulty."""
        try:
            found = self._suggestions.of(self._faq.of(None), SUGGESTED, self._scope(slots), self._words.current.bot)
        except FaqError as error:
            logger.warning("%s", error)
            return []
        return [{"title": question.text, "payload": question.text} for question in found]

    def completions(self, text: str, slots: Mapping[str, Any]) -> list[str]:
        """Return the questions that a text typed so far may become; none where the FAQ or the scope is faulty."""
        try:
            faq = self._faq.of(None)
            found = self._completions.of(faq, text, scope=self._scope(slots), bot=self._words.current.bot)
            return [question.text for question in found]
        except FaqError as error:
            logger.warning("%s", error)
            return []

    def prepare(self) -> None:
        """Read the FAQ for completion, so that the first key does not wait for it."""
        try:
            self._completions.prepare(self._faq.of(None))
        except FaqError as error:
            logger.warning("%s", error)

    @property
    def needs_slots(self) -> bool:
        """Whether the scope depends on the conversation."""
        return "slot" in (self._settings.scope or {})

    def _scope(self, slots: Mapping[str, Any]) -> Scope | None:
        return scope_of(self._settings.scope, slots=slots, metadata={}, channel=self._channel)

    @cached_property
    def _faq(self) -> FollowedFaq:
        return FollowedFaq(self._settings, _PROCESS)
