"""gunicorn's worker process: gevent serves connections, real threads compute and follow edits."""

from __future__ import annotations

import gc
import mmap
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faiss  # noqa: F401 (before the fork, so that the processes share it)
import onnxruntime  # noqa: F401 (before the fork, so that the processes share it)
from gevent import Greenlet, Timeout, getcurrent, kill, monkey, socket
from gunicorn import util
from gunicorn.errors import AppImportError
from gunicorn.http import wsgi
from gunicorn.workers.ggevent import GeventWorker

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.service.app import EXTENSION
from faq_component.service.faq_service import FaqService
from faq_component.service.problems import PROBLEM, problem

_HEARTBEAT_SECONDS = 1.0
_PAUSE_SECONDS = 2.0  # before another try
_FIRST_SECONDS = 10.0  # for the first request of a connection
_MOST_WAITING = 0.8  # share of the connections
# How long a busy thread may hold the interpreter lock. At Python's default of 5 ms, a computation that returns from
# ONNX Runtime waits that long for a busy event loop; at 0.5 ms, 8 clients get twice as many answers.
_SWITCH_SECONDS = 0.0005


class JoinedResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's response, whose head is sent with the beginning of its body.

    gunicorn sends them apart: each is a system call, and each wakes the client.
    """

    sock: Any  # the connection
    _head = b""

    def send_headers(self) -> None:
        """Keep the head for what follows."""
        if not self.headers_sent:
            connection, self.sock = self.sock, self
            try:
                super().send_headers()
            finally:
                self.sock = connection

    def sendall(self, head: bytes) -> None:
        """Take the head, in place of the connection."""
        self._head = head

    def write(self, arg: bytes) -> None:
        """Send a part of the body."""
        super().write(arg)
        self._send_head()  # of a response without a body

    def can_sendfile(self) -> bool:
        """Answer no: a file would be sent before the head."""
        return False

    def close(self) -> None:
        """End the response."""
        self.send_headers()
        self._send_head()
        super().close()

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            self._send_head()
            super()._emit_body(data)
        else:
            head, self._head = self._head, b""
            self.sock.sendall(head + data)

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self.sock.sendall(head)


class FaqWorker(GeventWorker):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's gevent worker, changed in eight points.

    - Threads stay threads. gevent would turn them into greenlets, and encoding an edit of the FAQ or fitting the
      confidence in a greenlet would block every connection. ONNX Runtime, SQLite and the usage log work as in any
      other process.
    - A worker also counts as stuck when its loop runs but a computation does not end; gunicorn then replaces it.
    - Encoding a large FAQ at the first start does not count as stuck.
    - A replacement worker that cannot load is retried; gunicorn would stop the workers that still answer.
    - Requests that gunicorn refuses itself, such as one with an invalid request line, get a problem, not HTML.
    - Head and body of a response are sent together (`JoinedResponse`).
    - It tells the master when it is ready (`RollingArbiter`).
    - A connection that sends nothing is closed after ten seconds, and the oldest of those that wait earlier where there
      are many: they would keep others out.
    """

    sockets: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ready = mmap.mmap(-1, 1)  # shared with the master
        self._waiting: dict[Greenlet, Timeout] = {}  # connections without a request, the oldest first

    @property
    def is_ready(self) -> bool:
        """Whether it serves, also as seen by the master."""
        return self._ready[0] == 1

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Wait for a request: the first of a connection for ten seconds, a further one for `keepalive`."""
        connection = getcurrent()
        seconds = self.cfg.keepalive if getattr(connection, "has_asked", False) else _FIRST_SECONDS
        with Timeout(seconds, False) as timeout:
            self._waiting[connection] = timeout
            try:
                if len(self._waiting) > self.cfg.worker_connections * _MOST_WAITING:
                    oldest = next(iter(self._waiting))
                    kill(oldest, self._waiting.pop(oldest))
                yield
            finally:
                self._waiting.pop(connection, None)
        connection.has_asked = True

    def patch(self) -> None:
        """Patch sockets, and whatever waits for them, for gevent's loop; leave threads alone."""
        monkey.patch_all(thread=False, queue=False, os=False, subprocess=False, signal=False)
        util.write_error = _write_problem
        wsgi.Response = JoinedResponse
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.sockets = [socket.socket(s.FAMILY, socket.SOCK_STREAM, fileno=s.sock.detach()) for s in self.sockets]

    def load_wsgi(self) -> None:
        """Load the application while a thread sends heartbeats to the master."""
        loaded = threading.Event()

        def beat() -> None:
            while not loaded.wait(_HEARTBEAT_SECONDS):
                self.tmp.notify()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            super().load_wsgi()
        except Exception as error:
            if self.age > self.cfg.workers:
                self.log.error("A replacement worker cannot start and will be retried: %s", error)
                time.sleep(_PAUSE_SECONDS)
                sys.exit(1)
            if not isinstance(error, FaqError):
                raise
            # gunicorn prints this in one line and stops.
            raise AppImportError(_("The service cannot start: {error}").format(error=error)) from error
        finally:
            loaded.set()
            thread.join()
        # Loaded objects live as long as the process: the garbage collector need not walk them after each large body.
        gc.collect()
        gc.freeze()

    def notify(self) -> None:
        """Send a heartbeat, unless a computation has been running for half of `stuck`.

        The master waits for the other half before it kills the process.
        """
        service = self._service()
        if service is None or not service.pool.is_stuck(service.limits.stuck / 2):
            super().notify()

    def run(self) -> None:
        """Serve until the master stops this worker, then close the service."""
        self._ready[0] = 1
        try:
            super().run()
        finally:
            if (service := self._service()) is not None:
                service.close()

    def _service(self) -> FaqService | None:
        return getattr(self.wsgi, "extensions", {}).get(EXTENSION)


def _write_problem(connection: Any, status: int, reason: str, message: str) -> None:
    detail = " ".join(message.split())[:200] or "The service failed to handle this request; see its log"
    body = problem(status, f"{detail.rstrip('.')}.")
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\nContent-Length: {len(body)}"
    util.write_nonblock(connection, head.encode("latin-1") + b"\r\n\r\n" + body)
