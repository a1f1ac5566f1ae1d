"""What the socket sends, now and when a conversation is shown again."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.socketio import SocketIOOutput
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

_SHOWN_EVENTS = 200


class WebOutput(SocketIOOutput):
    """Rasa's output, in which more arrives: of a custom response Rasa takes the keys for arguments of the socket."""

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """A button without a payload sends its title, where Rasa fails."""
        complete = [{**button, "payload": button.get("payload", button["title"])} for button in buttons]
        await super().send_text_with_buttons(recipient_id, text, complete, **kwargs)

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """Send it as ``{"custom": ...}``."""
        await self._send_message(recipient_id, {"custom": json_message})


class _Repeated(WebOutput):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def _send_message(self, socket_id: str, response: Any) -> None:
        self.messages.append(response)


async def shown_events(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """The last messages of a conversation, oldest first.

    Each has `from`: ``"user"`` (with `text` as it was shown, `payload` as it was sent, and the `id` that the page
    gave), or ``"bot"`` (with what the socket sent).
    """
    shown: list[dict[str, Any]] = []
    spoken = [event for event in tracker.events if isinstance(event, (UserUttered, BotUttered))]
    for event in spoken[-_SHOWN_EVENTS:]:
        if isinstance(event, BotUttered):
            repeated = _Repeated()
            await repeated.send_response(tracker.sender_id, event.message())
            shown.extend({"from": "bot", **message} for message in repeated.messages)
        elif event.text:
            known = event.metadata or {}
            shown.append(
                {"from": "user", "id": known.get("id"), "text": known.get("shown") or event.text, "payload": event.text}
            )
    return shown
