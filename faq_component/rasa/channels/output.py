"""What several platforms need of an answer: parts that are not too long, and numbered choices."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from rasa.core.channels.channel import OutputChannel

logger = logging.getLogger(__name__)

_BREAKS = (r"\n", r"(?<=[。！？!?；;])|(?<=[.] )", r"(?<=[，,、 ])")  # the best places first


class Tried(OutputChannel):
    """Comes before an output channel in a class's bases: an answer that cannot be sent is logged, and the turn is kept.

    Otherwise the failure ends Rasa's handling of the message: the further answers are lost, the conversation is not
    saved, and the platform sends the message once more.
    """

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Send an answer, or log why that failed."""
        try:
            await super().send_response(recipient_id, message)
        except Exception as error:  # each platform's library has its own
            logger.error("An answer in the channel %s could not be sent: %s.", self.name(), self.reason(error))
            logger.debug("It failed here:", exc_info=error)

    @staticmethod
    def reason(error: Exception) -> str:
        """Why, without the texts of network errors, which can hold tokens."""
        return type(error).__name__


class InParts(OutputChannel):
    """Comes before an output channel in a class's bases: texts of more than `longest` characters go out in parts."""

    longest: ClassVar[int]

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a text, in parts where it is too long for one message."""
        for part in parts(text, self.longest):
            await super().send_text_message(recipient_id, part, **kwargs)


def parts(text: str, length: int) -> Iterator[str]:
    """A text in parts of at most `length` characters, cut at lines, sentences or commas where there are any."""
    rest = text.strip()
    while len(rest) > length:
        cut = _cut(rest, length)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _cut(text: str, length: int) -> int:
    for pattern in _BREAKS:
        places = [found.end() for found in re.finditer(pattern, text[:length]) if found.end() > length // 2]
        if places:
            return places[-1]
    return length


def numbered(text: str, buttons: Sequence[dict[str, Any]]) -> str:
    """The text with the buttons' titles below it, numbered from 1."""
    return "\n".join([text, *(f"{number}. {button['title']}" for number, button in enumerate(buttons, 1))])


def payload_of(button: dict[str, Any]) -> str:
    """What a button sends; without a payload its title."""
    return str(button.get("payload", button["title"]))
