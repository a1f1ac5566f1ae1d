"""The server of the studio: threads of one process, in which the assistant and the sessions are."""

from __future__ import annotations

from typing import Any

from flask import Flask
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import ChunkedReceiver
from waitress.server import BaseWSGIServer, create_server
from waitress.utilities import BadRequest
from werkzeug.http import parse_cookie

from faq_component.studio.access.doors import MOST_TYPED, Access
from faq_component.studio.app import MOST_FORM_BYTES
from faq_component.studio.exchange.pages import MOST_UPLOAD_BYTES

_THREADS = 4
_MOST_CONNECTIONS = 500  # half of the files that Linux lets a process open unless told otherwise
_SILENT_SECONDS, _CLEAN_SECONDS = 20, 5
_MOST_HEADERS = 1 << 16  # bytes
_MOST_LINE = 1 << 12  # bytes: of a chunk's size, and of the headers behind the last one


def make_server(app: Flask, access: Access) -> Any:
    """Return a server that listens, with ``run()`` and ``close()``.

    Args:
        app: the application.
        access: where it listens, and whose requests may be large.
    """
    map_: dict[int, Any] = {}
    server = create_server(
        app,
        map_,
        host=access.listening.host,
        port=access.listening.port,
        threads=_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=False,  # kept: `Listening` decides whose are believed
        asyncore_use_poll=True,  # `select` ends the server at the 1,024th file
        connection_limit=2 * _MOST_CONNECTIONS,  # never reached: the channels see to it
        channel_timeout=_SILENT_SECONDS,
        cleanup_interval=_CLEAN_SECONDS,
        max_request_header_size=_MOST_HEADERS,
        max_request_body_size=MOST_UPLOAD_BYTES + 1,
    )
    upload = app.url_map.bind("").build("exchange.upload")

    class Parser(_Parser):
        def most_kept(self) -> int:
            # Ours are ASCII; what another application on the host has set may be in any encoding.
            cookies = parse_cookie(self.headers.get("COOKIE", "").encode("ascii", "ignore").decode())
            if access.sessions.find(cookies.get(access.cookie, "")) is None:
                return MOST_TYPED
            return MOST_UPLOAD_BYTES if self.path == upload else MOST_FORM_BYTES

    class Channel(_Channel):
        parser_class = Parser

    for listener in map_.values():
        if isinstance(listener, BaseWSGIServer):  # one for each address of the host
            listener.channel_class = Channel
    return server


class _Body(OverflowableBuffer):  # type: ignore[misc]  # waitress has no types
    """The body of a request: what exceeds a bound is counted and dropped.

    The application refuses a request that lacks a part of its body, and the sender, who has sent everything, reads why.

    Args:
        overflow: bytes from which it is in a file.
        most: bytes that are kept.
    """

    def __init__(self, overflow: int, most: int) -> None:
        super().__init__(overflow)
        self._most = most
        self._sent = 0

    def append(self, s: bytes) -> None:
        self._sent += len(s)
        if self._sent <= self._most:
            super().append(s)

    def __len__(self) -> int:
        return self._sent


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads a request, and of its body no more than whoever sends it may fill the disk with."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            self.body_rcv.buf = _Body(self.adj.inbuf_overflow, self.most_kept())

    def received(self, data: bytes) -> int:
        """Read on; a line with the size of a chunk, or what follows the chunks, is refused where it does not end."""
        consumed: int = super().received(data)
        body = self.body_rcv
        if isinstance(body, ChunkedReceiver) and max(len(body.control_line), len(body.trailer)) > _MOST_LINE:
            self.error = BadRequest("the line of a chunk does not end")
            self.completed = True
        return consumed

    def most_kept(self) -> int:
        """Return how many bytes of the body are kept."""
        raise NotImplementedError


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection; where there are too many, the one that has been silent for longest makes room for a new one."""

    def __init__(self, server: BaseWSGIServer, *values: Any, **named: Any) -> None:
        super().__init__(server, *values, **named)
        others = [one for one in server.active_channels.values() if one is not self and not one.will_close]
        if len(others) >= _MOST_CONNECTIONS:
            silent = [one for one in others if not one.requests]
            min(silent or others, key=lambda one: one.last_activity).will_close = True
