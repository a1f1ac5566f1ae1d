"""Checks of SocketIO requests, whose packets are read by the Engine.IO server, not by a connector."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from engineio import packet
from engineio.payload import Payload
from sanic.request import Request
from sanic.response import HTTPResponse, json
from socketio import AsyncServer
from socketio import packet as socketio_packet
from websockets.server import ServerConnection

from faq_component.rasa import patches
from faq_component.rasa.channels.webhook import Handler, RefusalError, reads_body, receive_body

logger = logging.getLogger(__name__)

_WITH_ATTACHMENTS = (str(socketio_packet.BINARY_EVENT), str(socketio_packet.BINARY_ACK))


def guard_socket(server: AsyncServer, channel: str, fault_of: Callable[[Request], str | None]) -> None:
    """Refuse requests with a fault, bad handshakes, and POST requests that are too long or hold no Socket.IO packets.

    Packets with attachments are dropped: no page of ours sends any, and they are kept in memory until all have come, of
    which a packet can announce billions. The engine answers 200 to invalid packets, and hangs at bodies that are too
    long; Sanic answers 500 to handshakes that websockets refuses. Call this before the server is attached to an app.
    `fault_of` describes the fault of a request, such as a strange host; None where it has none.
    """

    def guard(handle: Handler) -> Handler:
        async def guarded(request: Request) -> HTTPResponse:
            if fault := fault_of(request):
                return _refuse(channel, 403, fault)
            if "upgrade" in request.headers and not _is_handshake(request):
                return _refuse(channel, 400, "the headers are not those of a WebSocket handshake")
            if request.method == "POST":
                try:
                    await receive_body(request, server.eio.max_http_buffer_size)
                except RefusalError as refusal:
                    return _refuse(channel, refusal.status, refusal.reason)
                if not _is_readable(request.body, server):
                    return _refuse(channel, 400, "the body is not a packet of Socket.IO")
            response: HTTPResponse = await handle(request)
            return response

        return reads_body(guarded)

    patches.wrap_socket_requests(server, guard)
    handle_message = server.eio.handlers["message"]

    async def without_attachments(session: str, data: str | bytes) -> None:
        if isinstance(data, str) and not data.startswith(_WITH_ATTACHMENTS):
            await handle_message(session, data)

    server.eio.on("message", without_attachments)


def _is_handshake(request: Request) -> bool:
    try:
        ServerConnection().process_request(cast(Any, request))  # as Sanic does
    except Exception:  # also what reading the headers raises
        return False
    return True


def _is_readable(body: bytes, server: AsyncServer) -> bool:
    try:
        for one in Payload(encoded_payload=body.decode()).packets:
            if one.packet_type == packet.MESSAGE and isinstance(one.data, str):
                server.packet_class(encoded_packet=one.data)
    except Exception:  # the libraries have no error of their own for invalid packets
        return False
    return True


def _refuse(channel: str, status: int, reason: str) -> HTTPResponse:
    logger.error("A request to the channel %s was refused with %d: %s.", channel, status, reason)
    return json({"error": reason}, status)
