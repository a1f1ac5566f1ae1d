"""What the bot says, for platforms with and without buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel

from faq_component.dialogue.arbitration import PICK_INTENT
from faq_component.dialogue.choice import read_choice
from faq_component.text import comparison_key

_REMEMBERED = 10_000  # conversations whose last buttons are known


@dataclass(frozen=True)
class Button:
    """What is shown, and what is sent to the bot when it is pressed."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One message of the bot."""

    text: str
    buttons: tuple[Button, ...] = ()


class Outbox(OutputChannel):
    """Rasa's output as `Message`s; a picture or an attachment is its address.

    Args:
        channel: the channel's name, which responses of the domain may be meant for.
        emit: gets the recipient and each message.
    """

    def __init__(self, channel: str, emit: Callable[[str, Message], Awaitable[None]]) -> None:
        self._channel = channel
        self._emit = emit

    def name(self) -> str:  # type: ignore[override, unused-ignore]
        """The channel's name."""
        return self._channel

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Emit a text."""
        await self._emit(recipient_id, Message(text.strip()))

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Emit a text with buttons; one without a payload sends its title."""
        shown = tuple(Button(button["title"], button.get("payload") or button["title"]) for button in buttons)
        await self._emit(recipient_id, Message(text.strip(), shown))

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Emit the address."""
        await self._emit(recipient_id, Message(image))

    async def send_attachment(self, recipient_id: str, attachment: Any, **kwargs: Any) -> None:
        """Emit the address."""
        await self._emit(recipient_id, Message(str(attachment)))


class Offered:
    """The buttons that a conversation was shown last as a list, so that a typed answer presses one.

    Choices of topics are left to `FaqRecall`, which reads a typed answer to them in more ways.
    """

    def __init__(self) -> None:
        self._buttons: dict[str, tuple[Button, ...]] = {}

    def remember(self, sender: str, messages: Sequence[Message]) -> None:
        """Keep the buttons of the last message that has some; they count for the next message only."""
        buttons = next((message.buttons for message in reversed(messages) if message.buttons), ())
        if buttons and not all(button.payload.startswith(f"/{PICK_INTENT}{{") for button in buttons):
            self._buttons[sender] = buttons
            if len(self._buttons) > _REMEMBERED:
                del self._buttons[next(iter(self._buttons))]

    def understand(self, sender: str, text: str) -> str:
        """The payload of the button whose number, ordinal or title this is; else the text."""
        buttons = self._buttons.pop(sender, ())
        key = comparison_key(text)
        for button in buttons:
            if key and comparison_key(button.title) == key:
                return button.payload
        places = [(str(place), "") for place in range(len(buttons))]
        picked = read_choice(text, places)
        return buttons[int(picked)].payload if picked and picked.isdigit() else text


def numbered(message: Message) -> str:
    """The text, and below it the buttons as a numbered list."""
    return "\n".join([message.text, *(f"{place}. {button.title}" for place, button in enumerate(message.buttons, 1))])


def split_text(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` bytes of UTF-8, cut at ends of lines where there are some."""
    parts, rest = [], text
    while len(rest.encode()) > limit:
        part = rest.encode()[:limit].decode(errors="ignore")
        end = part.rfind("\n")
        part = part[: end + 1] if end > len(part) // 2 else part
        parts.append(part.strip())
        rest = rest[len(part) :]
    return [part for part in (*parts, rest.strip()) if part]
