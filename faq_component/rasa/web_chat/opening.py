"""The questions that the page offers at the beginning of a conversation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from faq_component.assistant.suggestions import SUGGESTED, Suggestions
from faq_component.dialogue.scope import scope_of
from faq_component.errors import FaqError
from faq_component.knowledge.following import FollowedFaq
from faq_component.settings import Settings

logger = logging.getLogger(__name__)

_PROCESS = "web-chat"


class Opening:
    """Buttons with questions to begin with, of the newest FAQ.

    Args:
        settings: name the FAQ, the log and the scope.
        channel: name of the channel, for the scope.
    """

    def __init__(self, settings: Settings, channel: str) -> None:
        self._settings = settings
        self._channel = channel
        self._suggestions = Suggestions(settings.log)

    def buttons(self, slots: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return a button for each question, which sends it; none where the FAQ or the scope is faulty."""
        try:
            scope = scope_of(self._settings.scope, slots=slots, metadata={}, channel=self._channel)
            found = self._suggestions.of(self._faq.of(None), SUGGESTED, scope)
        except FaqError as error:
            logger.warning("%s", error)
            return []
        return [{"title": question.text, "payload": question.text} for question in found]

    @cached_property
    def _faq(self) -> FollowedFaq:
        return FollowedFaq(self._settings, _PROCESS)
