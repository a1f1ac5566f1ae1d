"""gunicorn's worker process: gevent serves connections, real threads compute and follow edits."""

from __future__ import annotations

import gc
import sys
import threading
import time
from typing import Any

import faiss  # noqa: F401 (before the fork, so that the processes share it)
import onnxruntime  # noqa: F401 (likewise)
from gevent import monkey, socket
from gunicorn import util
from gunicorn.errors import AppImportError
from gunicorn.workers.ggevent import GeventWorker

from faq_component.errors import FaqError
from faq_component.service.app import EXTENSION
from faq_component.service.faq_service import FaqService
from faq_component.service.problems import PROBLEM, problem

_HEARTBEAT_SECONDS = 1.0
_PAUSE_SECONDS = 2.0  # before another try
# How long a busy thread keeps the interpreter from another. At Python's 5 ms, a computation that comes back from ONNX
# Runtime waits that long for a loop that is busy: twice as many questions were answered at 0.5 ms with 8 clients.
_SWITCH_SECONDS = 0.0005


class FaqWorker(GeventWorker):  # type: ignore[misc]  # gunicorn carries no types
    """Differs from gunicorn's gevent worker in five points.

    - Threads stay threads. gevent would make greenlets of them, and an edit of the FAQ that is encoded, or a
      confidence that is fitted, in a greenlet would stop all connections meanwhile. ONNX Runtime, SQLite and the log
      of what was asked work as in any other process.
    - It counts as stuck also when the loop goes on but a computation does not end: then it is ended and replaced.
    - Loading a large FAQ for the first time, which encodes it, does not count as stuck.
    - One that takes another's place and cannot be loaded is tried again: gunicorn would end all that still answer.
    - What it refuses itself, such as a request line that cannot be, it refuses with a problem, not with HTML.
    """

    sockets: list[Any]

    def patch(self) -> None:
        """Let sockets, and what waits for them, work with gevent's loop."""
        monkey.patch_all(thread=False, queue=False, os=False, subprocess=False, signal=False)
        util.write_error = _write_problem
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.sockets = [socket.socket(s.FAMILY, socket.SOCK_STREAM, fileno=s.sock.detach()) for s in self.sockets]

    def load_wsgi(self) -> None:
        """Load the application; a thread tells the master meanwhile that this process is alive."""
        loaded = threading.Event()

        def beat() -> None:
            while not loaded.wait(_HEARTBEAT_SECONDS):
                self.tmp.notify()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            super().load_wsgi()
        except FaqError as error:
            if self.age > self.cfg.workers:
                self.log.error("A process that takes another's place cannot start, and is tried again: %s", error)
                time.sleep(_PAUSE_SECONDS)
                sys.exit(1)
            # gunicorn says so in one line, and gives up
            raise AppImportError(f"The service cannot start: {error}") from error
        finally:
            loaded.set()
            thread.join()
        # What was loaded stays: no collection need walk over it, as each body of many lists would have it do.
        gc.collect()
        gc.freeze()

    def notify(self) -> None:
        """Tell the master that this process is alive, unless a computation does not end.

        The master waits for the other half of `stuck` before it ends the process.
        """
        service = self._service()
        if service is None or not service.pool.is_stuck(service.limits.stuck / 2):
            super().notify()

    def run(self) -> None:
        """Serve until the master says that it is enough."""
        try:
            super().run()
        finally:
            if (service := self._service()) is not None:
                service.close()

    def _service(self) -> FaqService | None:
        return getattr(self.wsgi, "extensions", {}).get(EXTENSION)


def _write_problem(connection: Any, status: int, reason: str, message: str) -> None:
    detail = " ".join(message.split())[:200] or "The service failed at this request; its log says how"
    body = problem(status, f"{detail.rstrip('.')}.")
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\nContent-Length: {len(body)}"
    util.write_nonblock(connection, head.encode("latin-1") + b"\r\n\r\n" + body)
