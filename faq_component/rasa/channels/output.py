"""Output for several platforms: log failed answers, split long texts, number choices."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa.core.channels.channel import OutputChannel

from faq_component.dialogue import sent_texts
from faq_component.dialogue.sent_texts import split_message

logger = logging.getLogger(__name__)


class LogsSendErrors(OutputChannel):
    """A mixin that logs an answer that cannot be sent, and keeps the turn. It precedes the output channel in bases.

    Otherwise the failure ends Rasa's handling of the message: further answers are lost, the conversation is not saved,
    and the platform delivers the message again.
    """

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Send an answer; log a failure."""
        try:
            await super().send_response(recipient_id, message)
        except Exception as error:  # each platform's library raises its own
            logger.error("An answer in the channel %s could not be sent: %s.", self.name(), self.reason(error))
            logger.debug("It failed here:", exc_info=error)

    @staticmethod
    def reason(error: Exception) -> str:
        """Return the reason for the log: the type only, since texts of network errors can hold tokens."""
        return type(error).__name__


class SplitsTexts(OutputChannel):
    """A mixin that splits texts of more than `longest` characters. It precedes the output channel in bases."""

    longest: ClassVar[int]

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a text, in several messages if it is too long for one."""
        for part in split_message(text, self.longest):
            await super().send_text_message(recipient_id, part, **kwargs)


def numbered(text: str, buttons: Sequence[dict[str, Any]]) -> str:
    """Return the text, followed by the numbered titles of the buttons."""
    return sent_texts.numbered(text, [button["title"] for button in buttons])


def payload_of(button: dict[str, Any]) -> str:
    """Return the payload of a button; without one, its title."""
    return str(button.get("payload", button["title"]))
