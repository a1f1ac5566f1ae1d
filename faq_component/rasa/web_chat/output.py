"""Messages to the socket, and the messages of a conversation that is shown again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rasa.core.channels.socketio import SocketIOOutput
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

if TYPE_CHECKING:
    from socketio import AsyncServer

_SHOWN_EVENTS = 200


class WebOutput(SocketIOOutput):
    """Rasa's output with two fixes, buttons without payload and custom responses, and with the time of a message."""

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a text with buttons. A button without payload sends its title; Rasa fails at it."""
        complete = [{**button, "payload": button.get("payload", button["title"])} for button in buttons]
        await super().send_text_with_buttons(recipient_id, text, complete, **kwargs)

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """Send a custom response as ``{"custom": ...}``; Rasa passes its keys as arguments, which fails."""
        await self._send_message(recipient_id, {"custom": json_message})

    async def _send_message(self, socket_id: str, response: Any) -> None:
        """Send a message with its time in `metadata`, in seconds since 1970; it is not before that of its event.

        Beside the other keys, rasa-webchat would take the message for a component of the site's, and show nothing.
        """
        await super()._send_message(socket_id, {**response, "metadata": {"time": time.time()}})


class PushOutput(WebOutput):
    """Output for what is said without a message of the user before it, such as a person's words."""

    def __init__(self, sio: AsyncServer, event: str, namespace: str | None) -> None:
        super().__init__(sio, event)
        self._namespace = namespace or "/"

    def is_here(self, recipient_id: str) -> bool:
        """Whether a page of the conversation is connected to this process."""
        manager: Any = self.sio.manager
        return any(True for _ in manager.get_participants(self._namespace, recipient_id))


class _Recorder(WebOutput):
    """Records messages instead of sending them."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def _send_message(self, socket_id: str, response: Any) -> None:
        self.messages.append(response)


def as_shown(text: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of the user as the page shows it: its `id`, the `text` shown, and the `payload` sent."""
    return {"id": metadata.get("id"), "text": metadata.get("shown") or text, "payload": text}


async def shown_events(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """Return the last messages of a conversation, oldest first.

    Each has the `time` in seconds since 1970 and `from`: ``"user"`` (with the `text` shown, the `payload` sent, and the
    `id` from the page), or ``"bot"`` (with the fields that the socket sent).
    """
    shown: list[dict[str, Any]] = []
    spoken = [event for event in tracker.events if isinstance(event, (UserUttered, BotUttered))]
    for event in spoken[-_SHOWN_EVENTS:]:
        if isinstance(event, BotUttered):
            recorder = _Recorder()
            await recorder.send_response(tracker.sender_id, event.message())
            shown.extend({"from": "bot", "time": event.timestamp, **message} for message in recorder.messages)
        elif event.text:
            said = as_shown(event.text, event.metadata or {})
            shown.append({"from": "user", "time": event.timestamp, **said})
    return shown
