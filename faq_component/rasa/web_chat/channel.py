"""Rasa's SocketIO channel as the page needs it: on the page's own origin, each message once, the conversation kept."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.socketio import SocketIOInput
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

from faq_component.dialogue.voice import Voices
from faq_component.rasa import patches
from faq_component.rasa.channels.socket_guard import guard_socket
from faq_component.rasa.channels.webhook import MESSAGE_LENGTH, RefusalError, reads_body, receive_body, require_text
from faq_component.rasa.web_chat.output import WebOutput, shown_events
from faq_component.rasa.web_chat.page import PageBlueprint
from faq_component.settings import load_settings

logger = logging.getLogger(__name__)

# As the server makes them. Others are refused: who knows the id reads the conversation, so it must not be guessed.
_SESSION = re.compile(r"[0-9a-f]{32}")
_METADATA = {"id": 64, "shown": 500, "language": 8}  # what the page may send with a message, in characters at most

_REMEMBERED = 1000  # messages, to know one that is sent again
_MAX_BYTES = 1024  # of the question for a conversation


class WebChat(SocketIOInput):
    """The page at ``/chat``, the socket it talks through, and the conversation so far.

    Any client of Rasa's SocketIO channel can use the socket, with the same settings in `credentials.yml`. What differs:
    only pages of the same origin connect (`origins` names further ones), the conversation is that of `session_id`
    always, and a message that is sent again with the same `metadata.id`, because the connection was lost before it was
    confirmed, is handled once.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session_persistence = True
        self._origins: list[str] = []
        self._voices = Voices(load_settings().voice)
        self._handled: dict[tuple[str, str], asyncio.Future[Any]] = {}  # the last messages, also those under way

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChat:
        """The settings of Rasa's SocketIO channel, and `origins`."""
        given = {"socketio_path": "/chat/socket.io", **(credentials or {})}
        origins = given.pop("origins", None) or []
        channel: WebChat = super().from_credentials(given)
        channel._origins = origins
        return channel

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The page's routes, and with them Rasa's own."""

        async def handle(message: UserMessage) -> None:
            await self._handle_once(message, on_new_message)

        async def conversation(request: Request) -> HTTPResponse:
            return await self._conversation(request)

        socket = super().blueprint(handle)
        patches.replace_event_handler(self.sio, "session_request", self.namespace, lambda _: self._begin)
        patches.replace_event_handler(self.sio, self.user_message_evt, self.namespace, _checked)
        patches.check_origins(self.sio, self._may_connect)
        guard_socket(self.sio, self.name())
        page = PageBlueprint(socket)
        page.add_route(reads_body(conversation), "/conversation", methods=["POST"])
        return page

    def _may_connect(self, origin: str | None, environ: Mapping[str, str]) -> bool:
        """Whether a page of this origin may: the page here, also behind a proxy that ends TLS, and those of `origins`.

        The host is what is compared, which a page in a browser cannot choose.
        """
        hosts = {environ.get("HTTP_HOST"), environ.get("HTTP_X_FORWARDED_HOST")}
        return origin is None or origin in self._origins or urlsplit(origin).netloc in hosts

    async def _begin(self, socket_id: str, data: Any) -> None:
        """Enter the conversation that is asked for, or a new one.

        In place of Rasa's, which does not await `enter_room`: with the python-socketio of today no answer arrives.
        """
        asked = data.get("session_id") if isinstance(data, dict) else None
        session = asked if _is_session(asked) else uuid.uuid4().hex
        await self.sio.enter_room(socket_id, session, namespace=self.namespace)
        await self.sio.emit("session_confirm", session, room=socket_id, namespace=self.namespace)

    async def _handle_once(self, message: UserMessage, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        if not _is_session(message.sender_id):
            logger.warning("A message with a session_id that this server has not given was ignored.")
            return
        message.metadata = _known(message.metadata)
        message.output_channel = WebOutput(self.sio, self.bot_message_evt)
        key = (message.sender_id, message.metadata.get("id") or message.message_id)
        handled = self._handled.get(key)
        if handled is None or (handled.done() and (handled.cancelled() or handled.exception())):
            handled = self._handled[key] = asyncio.ensure_future(on_new_message(message))
            if len(self._handled) > _REMEMBERED:
                del self._handled[next(iter(self._handled))]
        await asyncio.shield(handled)  # it goes on where the client leaves meanwhile

    async def _conversation(self, request: Request) -> HTTPResponse:
        """The greeting in the page's `language`, and the conversation so far, as the socket has sent it."""
        try:
            await receive_body(request, _MAX_BYTES)
        except RefusalError as refusal:
            return json({"error": refusal.reason}, refusal.status)
        given = request.json if isinstance(request.json, dict) else {}
        session, language = given.get("session_id"), given.get("language")
        if not _is_session(session):
            raise InvalidUsage("session_id must be one that this server has given")
        tracker = await request.app.ctx.agent.tracker_store.retrieve_full_tracker(session)
        greeting = self._voices.of(language if isinstance(language, str) else None).first("greeting")
        events = await shown_events(tracker) if tracker else []
        return json({"greeting": greeting, "messages": events}, headers={"Cache-Control": "no-store"})


def _checked(receive: Callable[[str, Any], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Ignore what is no object with a text that the REST channel would take; Rasa's handler fails on it."""

    async def checked(socket_id: str, data: Any = None) -> None:
        try:
            require_text(data.get("message") if isinstance(data, dict) else None, "message", MESSAGE_LENGTH)
        except RefusalError as refusal:
            logger.error("What came over the socket was ignored: %s.", refusal.reason)
            return
        await receive(socket_id, data)

    return checked


def _is_session(given: Any) -> bool:
    return isinstance(given, str) and bool(_SESSION.fullmatch(given))


def _known(metadata: Any) -> dict[str, Any]:
    """What the page may send with a message; the rest would only fill the tracker."""
    given = metadata if isinstance(metadata, dict) else {}
    texts = {key: given[key][:length] for key, length in _METADATA.items() if isinstance(given.get(key), str)}
    return {**texts, "feedback": given.get("feedback") is True}
