"""Rasa's SocketIO channel for the page: same origin, each message once, persistent conversations."""

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
from rasa.core.tracker_store import TrackerStore
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

from faq_component.dialogue.scope import NO_SCOPE, Scope
from faq_component.dialogue.voice import Voices
from faq_component.errors import ScopeError
from faq_component.knowledge.bounds import is_encodable
from faq_component.rasa import patches
from faq_component.rasa.channels.front import Front, client_address
from faq_component.rasa.channels.socket_guard import guard_socket
from faq_component.rasa.channels.webhook import MESSAGE_LENGTH, RefusalError, reads_body, receive_body, require_text
from faq_component.rasa.web_chat.opening import Opening
from faq_component.rasa.web_chat.output import PushOutput, WebOutput, as_shown, shown_events
from faq_component.rasa.web_chat.page import PageBlueprint, origins_of
from faq_component.settings import load_settings

logger = logging.getLogger(__name__)

_COMPLETED_AT_ONCE = 4  # texts; the next, which its user has mostly typed on from, gets nothing

# Ids made by the server; others are refused. Whoever knows an id reads the conversation, so it must not be guessable.
_SESSION = re.compile(r"[0-9a-f]{32}")
_METADATA = {"id": 64, "shown": 500, "language": 8}  # metadata accepted from the page, with maximum lengths

_REMEMBERED = 1000  # messages, to recognise one that is sent again
_MAX_BYTES = 1024  # of a request for a conversation


class WebChat(SocketIOInput):
    """The page at ``/chat``, its socket, and the conversation so far.

    Pages of `origins` may show the page in a frame, as ``/chat/faq-chat.js`` does on any site.

    Any client of Rasa's SocketIO channel can use the socket; the settings in `credentials.yml` are unchanged. Three
    things differ: only pages of the same origin connect, under a known name (`origins` lists further ones);
    `session_id` always names the conversation; and a message that is resent with the same `metadata.id`, after a lost
    connection, is handled once.

    A request must name this server as one of `hosts`, or as no stranger's page can (`channels.front`). Which name the
    user sees is read from ``X-Forwarded-Host`` only where the request comes from one of the addresses in `proxies`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session_persistence = True
        self._origins: list[str] = []
        self.front = Front()
        self._completes = True
        self._completing = 0
        settings = load_settings()
        self._voices = Voices(settings.voice)
        self._opening = Opening(settings, self.name())
        self._scope_key = (settings.scope or {}).get("metadata")
        # The last messages, including those in progress.
        self._handled: dict[tuple[str, str, str], asyncio.Future[Any]] = {}

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChat:
        """Create the channel from the settings of Rasa's SocketIO channel and its own.

        Raises:
            InvalidConfigException: one of `origins` is none.
        """
        given = {"socketio_path": "/chat/socket.io", **(credentials or {})}
        front, origins = Front.taken_from(given), given.pop("origins", None) or []
        completes = given.pop("complete", True)
        channel: WebChat = super().from_credentials(given)
        channel._origins = origins_of(origins)
        channel._completes = completes is True
        channel.front = front
        return channel

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes of the page and of Rasa's channel."""

        async def handle(message: UserMessage) -> None:
            await self._handle_once(message, on_new_message)

        async def conversation(request: Request) -> HTTPResponse:
            return await self._read(request, self._conversation)

        async def completion(request: Request) -> HTTPResponse:
            return await self._read(request, self._completion)

        socket = super().blueprint(handle)
        patches.replace_event_handler(self.sio, "session_request", self.namespace, lambda _: self._begin)
        patches.replace_event_handler(self.sio, self.user_message_evt, self.namespace, self._receiving)
        patches.check_origins(self.sio, self._may_connect)
        guard_socket(self.sio, self.name(), self.front.fault)
        page = PageBlueprint(socket, self._origins, self.front)
        page.add_route(reads_body(conversation), "/conversation", methods=["POST"])
        page.add_route(reads_body(completion), "/complete", methods=["POST"])
        return page

    def get_push_channel(self) -> PushOutput | None:
        """Return the output for a person's words."""
        return PushOutput(self.sio, self.bot_message_evt, self.namespace) if self.sio is not None else None

    def _may_connect(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of this origin may connect: our own, also behind a TLS proxy, and those of `origins`."""
        host = self.front.host(environ["sanic.request"])
        return origin is None or origin in self._origins or urlsplit(origin).netloc.lower() == host

    async def _begin(self, socket_id: str, data: Any) -> None:
        """Enter the requested conversation, or a new one.

        It replaces Rasa's handler, which does not await `enter_room`: with current python-socketio no answer arrives.
        """
        asked = data.get("session_id") if isinstance(data, dict) else None
        session = asked if _is_session(asked) else uuid.uuid4().hex
        await self.sio.enter_room(socket_id, session, namespace=self.namespace)
        await self.sio.emit("session_confirm", session, room=socket_id, namespace=self.namespace)

    def _receiving(self, receive: Callable[[str, Any], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """Ignore what Rasa's handler fails at, all but an object with a valid text, and tell the user's other tabs."""

        async def checked(socket_id: str, data: Any = None) -> None:
            try:
                require_text(data.get("message") if isinstance(data, dict) else None, "message", MESSAGE_LENGTH)
            except RefusalError as refusal:
                logger.error("What came over the socket was ignored: %s.", refusal.reason)
                return
            session, known = data.get("session_id"), _known(data.get("metadata"))
            if _is_session(session) and (session, known.get("id"), data["message"]) not in self._handled:
                said = as_shown(data["message"], known)
                await self.sio.emit(
                    self.user_message_evt, said, room=session, skip_sid=socket_id, namespace=self.namespace
                )
            request = (self.sio.get_environ(socket_id, namespace=self.namespace) or {}).get("sanic.request")
            client_address.set(self.front.client(request) if request is not None else "")
            await receive(socket_id, data)

        return checked

    async def _handle_once(self, message: UserMessage, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        if not _is_session(message.sender_id):
            logger.warning("A message with a session_id that this server has not given was ignored.")
            return
        message.metadata = _known(message.metadata, self._scope_key)
        message.output_channel = WebOutput(self.sio, self.bot_message_evt)
        # The text too: the ids of clients other than the page may begin anew.
        key = (message.sender_id, message.metadata.get("id") or message.message_id, message.text)
        handled = self._handled.get(key)
        if handled is None or (handled.done() and (handled.cancelled() or handled.exception())):
            handled = self._handled[key] = asyncio.ensure_future(on_new_message(message))
            if len(self._handled) > _REMEMBERED:
                del self._handled[next(iter(self._handled))]
        await asyncio.shield(handled)  # it continues when the client leaves

    async def _read(self, request: Request, respond: Callable[..., Awaitable[dict[str, Any]]]) -> HTTPResponse:
        """Check a request of the page, and respond with what `respond` makes of its values and its conversation."""
        if fault := self.front.fault(request):
            return json({"error": fault}, 403)
        try:
            await receive_body(request, _MAX_BYTES)
        except RefusalError as refusal:
            return json({"error": refusal.reason}, refusal.status)
        given = request.json if isinstance(request.json, dict) else {}
        if not _is_session(given.get("session_id")):
            raise InvalidUsage("session_id must be one that this server has given")
        shown = await respond(given, request.app.ctx.agent.tracker_store)
        return json(shown, headers={"Cache-Control": "no-store"})

    async def _conversation(self, given: Mapping[str, Any], conversations: TrackerStore) -> dict[str, Any]:
        """Return the greeting in the page's `language`, questions to begin with, and the conversation so far."""
        tracker, language = await conversations.retrieve_full_tracker(given["session_id"]), given.get("language")
        greeting = self._voices.of(language if isinstance(language, str) else None).first("greeting")
        events = await shown_events(tracker) if tracker else []
        slots = tracker.current_slot_values() if tracker else {}
        buttons = [] if events else await asyncio.to_thread(self._opening.buttons, slots)
        if self._completes:
            await asyncio.to_thread(self._opening.prepare)
        return {"greeting": greeting, "suggestions": buttons, "messages": events, "completes": self._completes}

    async def _completion(self, given: Mapping[str, Any], conversations: TrackerStore) -> dict[str, Any]:
        """Return the questions that the page's `text` may become."""
        text = given.get("text")
        if not self._completes or not isinstance(text, str) or self._completing == _COMPLETED_AT_ONCE:
            return {"questions": []}
        self._completing += 1
        try:
            tracker = await conversations.retrieve(given["session_id"]) if self._opening.needs_slots else None
            slots = tracker.current_slot_values() if tracker else {}
            return {"questions": await asyncio.to_thread(self._opening.completions, text, slots)}
        finally:
            self._completing -= 1


def _is_session(given: Any) -> bool:
    return isinstance(given, str) and bool(_SESSION.fullmatch(given))


def _is_text(given: Any) -> bool:
    return isinstance(given, str) and is_encodable(given)


def _known(metadata: Any, scope_key: str | None = None) -> dict[str, Any]:
    """Return the accepted metadata of a message, with its scope; the rest would only fill the tracker."""
    given = metadata if isinstance(metadata, dict) else {}
    texts: dict[str, Any] = {key: given[key][:length] for key, length in _METADATA.items() if _is_text(given.get(key))}
    if scope_key:
        try:
            if scope := Scope.of(given.get(scope_key)):
                texts[scope_key] = scope.to_json()
        except ScopeError as error:
            logger.warning("%s", error)
            texts[scope_key] = NO_SCOPE
    return {**texts, "feedback": given.get("feedback") is True}
