"""Messages of the bot, for platforms with and without buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel

from faq_component.dialogue import sent_texts
from faq_component.dialogue.arbitration import PICK_INTENT
from faq_component.dialogue.choice import read_choice
from faq_component.text import comparison_key

_REMEMBERED = 10_000  # conversations


@dataclass(frozen=True)
class Button:
    """A button: the title shown, and the payload that a press sends to the bot."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One message of the bot."""

    text: str
    buttons: tuple[Button, ...] = ()


class Outbox(OutputChannel):
    """Convert Rasa's output to `Message` objects; an image or attachment becomes its address.

    Args:
        channel: name of the channel, by which Rasa selects responses of the domain.
        emit: called with the recipient and each message.
    """

    def __init__(self, channel: str, emit: Callable[[str, Message], Awaitable[None]]) -> None:
        self._channel = channel
        self._emit = emit

    def name(self) -> str:  # type: ignore[override, unused-ignore]
        """Return the channel's name."""
        return self._channel

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Emit a text."""
        await self._emit(recipient_id, Message(text.strip()))

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Emit a text with buttons; a button without payload sends its title."""
        shown = tuple(Button(button["title"], button.get("payload") or button["title"]) for button in buttons)
        await self._emit(recipient_id, Message(text.strip(), shown))

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Emit the address."""
        await self._emit(recipient_id, Message(image))

    async def send_attachment(self, recipient_id: str, attachment: Any, **kwargs: Any) -> None:
        """Emit the address."""
        await self._emit(recipient_id, Message(str(attachment)))


class LastButtons:
    """The buttons last shown in each conversation, so that a typed number or title selects one.

    Choices of topics are left to `FaqRecall`, which understands more ways of choosing.
    """

    def __init__(self) -> None:
        self._buttons: dict[str, tuple[Button, ...]] = {}

    def remember(self, sender: str, messages: Sequence[Message]) -> None:
        """Keep the buttons of the last message that has any, for the next message of the user only."""
        buttons = next((message.buttons for message in reversed(messages) if message.buttons), ())
        if buttons and not all(button.payload.startswith(f"/{PICK_INTENT}{{") for button in buttons):
            self._buttons[sender] = buttons
            if len(self._buttons) > _REMEMBERED:
                del self._buttons[next(iter(self._buttons))]

    def resolve(self, sender: str, text: str) -> str:
        """Return the payload of the button that a text selects by number, ordinal or title; else the text."""
        buttons = self._buttons.pop(sender, ())
        key = comparison_key(text)
        for button in buttons:
            if key and comparison_key(button.title) == key:
                return button.payload
        places = [(str(place), "") for place in range(len(buttons))]
        picked = read_choice(text, places)
        return buttons[int(picked)].payload if picked and picked.isdigit() else text


def numbered(message: Message) -> str:
    """Return the text, followed by the buttons as a numbered list."""
    return sent_texts.numbered(message.text, [button.title for button in message.buttons])
