"""Messages that Rasa cannot answer in good time, or not at all, get a polite sentence at once."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockError

from faq_component.dialogue.voice import Voices
from faq_component.language import _
from faq_component.rasa import patches
from faq_component.rasa.channels.bounded_answers import BoundedResponse
from faq_component.rasa.components.incoming_channel import handling
from faq_component.settings import load_settings

logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 40  # messages: with some thirty answers a second, the last one waits little more than a second
_SENTENCE = "utter_unavailable"

Said = Any  # what a collecting output channel has collected, or None
Handle = Callable[[UserMessage], Awaitable[Said]]


class Admission:
    """Counts the messages of this process that are being handled or wait for their conversation's turn.

    A message beyond the bound is answered with `utter_unavailable` of the setting `voice`, as is one whose conversation
    cannot be locked, such as while Redis is away; neither becomes part of the conversation. Both are logged once, until
    a message is handled again.
    """

    def __init__(self, most: int = _MOST_AT_ONCE) -> None:
        self._most = most
        self._handled = 0
        self._is_reported = False

    async def __call__(self, message: UserMessage, handle: Handle) -> Said:
        """Handle a message, or say that it cannot be handled now."""
        if self._handled >= self._most:
            self._report(_("%d messages are handled at once; further ones are asked to come again."), self._most)
            return await _refuse(message)
        self._handled += 1
        try:
            with handling(message.input_channel):
                said = await handle(message)
        except LockError as error:
            self._report(_("A message cannot be handled: %s"), error)
            return await _refuse(message)
        finally:
            self._handled -= 1
        self._is_reported = self._is_reported and self._handled >= self._most // 2
        return said

    def _report(self, sentence: str, value: object) -> None:
        if not self._is_reported:
            self._is_reported = True
            logger.error(sentence, value)


async def _refuse(message: UserMessage) -> Said:
    channel = message.output_channel
    if channel is None:
        return None
    language = (message.metadata or {}).get("language")
    voice = _voices().of(language if isinstance(language, str) else None)
    await channel.send_response(message.sender_id, {"text": voice.first(_SENTENCE)})
    return getattr(channel, "messages", None)


@functools.cache
def _voices() -> Voices:
    return Voices(load_settings().voice)


patches.admit_messages(Admission())
patches.bound_answers(BoundedResponse)
