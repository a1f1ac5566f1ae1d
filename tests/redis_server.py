"""A real Redis for tests: on a free port of this machine, with a password, and nothing of it on disk."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

import pytest

from faq_component.rasa.process.launch import HOST
from tests.servers import free_port


class RedisServer:
    """A server that asks for a password, given on its standard input as another's would stand in its file.

    Where Redis is not installed, the test is skipped.

    Args:
        folder: where it runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, self.password = free_port(), secrets.token_hex(16)

    def __enter__(self) -> RedisServer:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("Redis is not installed: Debian's package redis-server")
        settings = f'bind {HOST}\nport {self.port}\nrequirepass {self.password}\nsave ""\nappendonly no\n'
        with (self._folder / "redis.log").open("wb") as log:
            self._server = subprocess.Popen(
                [program, "-"], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self._folder
            )
        assert self._server.stdin is not None
        with self._server.stdin as given:
            given.write(settings.encode())
        deadline = time.monotonic() + 30
        while self._server.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return self
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("Redis did not start:\n" + (self._folder / "redis.log").read_text("utf-8"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """With the password, and a database of its own."""
        return f"redis://:{self.password}@{HOST}:{self.port}/1"

    def signal(self, number: int) -> None:
        """Send it a signal: stopped by SIGSTOP it accepts connections and never answers."""
        self._server.send_signal(number)

    def stop(self) -> None:
        """Kill it; it is gone when this returns."""
        self._server.kill()
        self._server.wait()
