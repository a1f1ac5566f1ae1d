"""A real Milvus for tests: the standalone server of the wheel `milvus`, in a folder of its own, on free ports."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from faq_component.rasa.process.launch import HOST
from tests.servers import ROOT, free_port

# `.ci/run` makes it: the server's Python package does not resolve beside ours.
PYTHON = Path(os.environ.get("MILVUS_SERVER_PYTHON", ROOT / ".venv-milvus/bin/python"))
_PREPARE = """
import sys
import milvus
shared, folder, *ports = sys.argv[1:]
milvus._initialize_data_files(shared)
config = milvus.MilvusServerConfig(data_dir=folder, **dict(zip(ports[::2], map(int, ports[1::2]))))
config.resolve()
"""
_PORTS = (
    *("etcd_port", "root_coord_port", "proxy_port", "proxy_internal_port", "query_coord_port", "query_node_port"),
    *("index_coord_port", "index_node_port", "data_coord_port", "data_node_port"),
)
# What small collections would otherwise wait for, and a server after its end for its session.
_SESSION_SECONDS = 5
_QUICK = {
    "COMMON_SESSION_TTL": str(_SESSION_SECONDS),
    "DATACOORD_SEGMENT_ASSIGNMENTEXPIRATION": "100",
    "PROXY_TIMETICKINTERVAL": "50",
    "QUERYCOORD_CHECKINTERVAL": "100",
    "QUERYCOORD_DISTPULLINTERVAL": "50",
    "QUERYCOORD_CHECKHANDOFFINTERVAL": "500",
    "QUERYCOORD_HEARTBEATAVAILABLEINTERVAL": "2500",
}
_SECONDS = 90.0


class MilvusServer:
    """A server that can be killed, stopped by a signal, and started again on the same folder.

    Where the wheel is not installed, the test is skipped.

    Args:
        folder: for its data and logs.
        quick: whether it waits less than by default, for tests.
    """

    def __init__(self, folder: Path, *, quick: bool = True) -> None:
        if not PYTHON.exists():
            pytest.skip("the Milvus server is not installed: .ci/run makes .venv-milvus from the wheel `milvus`")
        self._folder = folder
        self._programs = PYTHON.parent.parent / "server"
        ports = {name: free_port() for name in _PORTS}
        self.uri = f"http://{HOST}:{ports['proxy_port']}"
        given = [word for name, port in ports.items() for word in (name, str(port))]
        made = subprocess.run(
            [str(PYTHON), "-c", _PREPARE, str(self._programs), str(folder), *given],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError("Milvus could not be prepared:\n" + made.stderr)
        etcd = folder / "etcd.yaml"
        client, peer = f"http://{HOST}:{ports['etcd_port']}", f"http://{HOST}:{free_port()}"
        lines = {
            **dict.fromkeys(("listen-client-urls", "advertise-client-urls"), client),
            **dict.fromkeys(("listen-peer-urls", "initial-advertise-peer-urls"), peer),
            "initial-cluster": f"default={peer}",
        }
        etcd.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), "utf-8")
        self._health = free_port()
        self._environment = {
            **os.environ,
            "LD_LIBRARY_PATH": str(self._programs / "bin"),
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(self._health),
            "MILVUS_RUN_DIR": str(folder / "run"),
            "ETCD_CONFIG_PATH": str(etcd),
            "LOG_LEVEL": "error",
            **(_QUICK if quick else {}),
        }

    def __enter__(self) -> MilvusServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and return once it says that it is healthy."""
        log = self._folder / "milvus.log"
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [str(self._programs / "bin/milvus"), "run", "standalone"],
                cwd=self._folder,
                env=self._environment,
                stdout=file,
                stderr=file,
            )
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._is_healthy():
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError("Milvus did not start:\n" + log.read_text("utf-8", "replace")[-4000:])

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it for a while: it accepts connections and never answers.

        A server that was stopped for longer than its session lives serves nothing afterwards; it is started anew.
        """
        begun = time.monotonic()
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
            if time.monotonic() - begun > _SESSION_SECONDS / 2:
                self.kill()
                self.start()

    def kill(self) -> None:
        """End it with SIGKILL, also where it is stopped; it is gone when this returns."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._health}/healthz", timeout=5) as answer:
                return b"OK" in answer.read()
        except (urllib.error.URLError, OSError):
            return False
