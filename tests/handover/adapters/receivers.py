"""Real receivers on loopback: an HTTP server, and a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Received:
    """What a receiver was sent, and how it answers: the next of `answers`, else 200 and `body`."""

    def __init__(self, body: Any = None) -> None:
        self.url = ""
        self.port = 0
        self.answers: list[tuple[int, Any]] = []
        self.body = body if body is not None else {}
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.mails: list[EmailMessage] = []
        self._changed = threading.Condition()

    def add(self, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        with self._changed:
            self.requests.append((headers, body))
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else (200, self.body)

    def wait(self, count: int) -> list[Any]:
        """Wait until so many requests have come; return their JSON."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, 60)
            return [json.loads(body) for _headers, body in self.requests]


@contextmanager
def _serving(server: socketserver.TCPServer) -> Any:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def http_receiver(body: Any = None) -> Any:
    """An HTTP server."""
    received = Received(body)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = received.add(dict(self.headers), content)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_port
    received.url = f"http://127.0.0.1:{server.server_port}/robot?key=k"
    with _serving(server):
        yield received


@contextmanager
def mail_receiver() -> Any:
    """A mail server that takes whatever it gets."""
    received = Received()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (line := self.rfile.readline()) != b".\r\n":
                        lines.append(line)
                    received.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                if verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 well\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    with _serving(server):
        yield received
