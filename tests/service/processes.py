"""The service and nginx as processes of their own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from faq_component.rasa.process.launch import HOST
from tests.servers import ROOT, free_port
from tests.service.faqs import TOKEN


class Serving:
    """A running ``faq serve``.

    Args:
        folder: for its configuration and log.
        settings: of recall, over the defaults.
        port: to listen on; a free one by default.
        environment: settings of the service.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], port: int = 0, /, **environment: str) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._config = folder / "config.yml"
        component = {"name": "faq_component.rasa.FaqRecall", **settings}
        self._config.write_text(json.dumps({"pipeline": [component]}, ensure_ascii=False), "utf-8")
        self.log = folder / "serve.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("FAQ_SERVE_", "PROMETHEUS_"))}
        self._environment = {**clean, "FAQ_TOKEN": TOKEN, **environment}

    def __enter__(self) -> Serving:
        command = [sys.executable, "-m", "faq_component.cli", "serve", "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self._config)],
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=ROOT,
                start_new_session=True,
            )
        try:
            wait_for(self.port, self.process)
        except BaseException as error:
            self.stop()
            raise RuntimeError(self.log.read_text("utf-8")[-3000:]) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def signal_all(self, sign: signal.Signals) -> None:
        """Send a signal to the master and its workers."""
        os.killpg(self.process.pid, sign)

    def workers(self) -> list[int]:
        """The numbers of its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8")
        return [int(child) for child in children.split()]

    def memory(self, pid: int) -> int:
        """Resident memory of a process in bytes."""
        return int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Nginx:
    """A real nginx with the configuration of ``deploy/``, before a service; `limits` are replaced in it."""

    def __init__(self, folder: Path, service_port: int, limits: Mapping[str, str]) -> None:
        self.port = free_port()
        text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
        replaced = {"listen 127.0.0.1:8000": f"listen {HOST}:{self.port}", "127.0.0.1:8080": f"{HOST}:{service_port}"}
        for old, new in {**replaced, "/tmp/faq-nginx": str(folder / "nginx"), **limits}.items():  # noqa: S108
            assert old in text
            text = text.replace(old, new)
        self._configuration = folder / "nginx.conf"
        self._configuration.write_text(text, "utf-8")
        self._program = shutil.which("nginx") or "nginx"

    def __enter__(self) -> Nginx:
        command = [self._program, "-c", str(self._configuration), "-g", "daemon off;"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(self.port, self._process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()


class Reply:
    """The answer to a request."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def json(self) -> Any:
        return json.loads(self.body)


def send(port: int, method: str, address: str, body: Any = None, **headers: str) -> Reply:
    """Send a request over a connection of its own; bytes go as they are, other bodies as JSON."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(connection):
        connection.request(method, address, data, {"Content-Type": "application/json", **named})
        return Reply(connection.getresponse())


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what a busy machine may be slow to bring about: processes that start."""
    deadline = time.monotonic() + 600
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server is ready."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            send(port, "GET", "/readyz")
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")
