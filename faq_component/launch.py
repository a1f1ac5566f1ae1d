"""Rasa's processes: their quiet environment, the action server's life, and the shell."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from faq_component.errors import StartError

HOST = "127.0.0.1"
ACTIONS_LOG = Path(".faq/actions.log")
SHELL_LOG = Path(".faq/rasa.log")
_START_SECONDS = 60
_STOP_SECONDS = 5


def quiet_environment() -> dict[str, str]:
    """The environment of this process, with Rasa's and TensorFlow's noise off, threads capped and loopback only."""
    quiet = {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "TF_INTRA_OP_PARALLELISM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "",
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SANIC_HOST": HOST,
    }
    return {**os.environ, **quiet}


def require_free_port(port: int, what: str) -> None:
    """Check that a port of this machine is free.

    Raises:
        StartError: another program listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StartError(
                f"Port {port} is taken, and {what} needs it; end the program that uses it (`lsof -i :{port}` names it)."
            ) from error


class ActionServer:
    """The action server as a child process: started on entering, ended on leaving, whatever happens."""

    def __init__(self, port: int, folder: Path = Path()) -> None:
        """`folder` is the checkout that it works in."""
        self._port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ActionServer:
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(self._port)]
        log_file = self._folder / ACTIONS_LOG
        log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log_file.open("wb") as log:
            # A session of its own: Ctrl-C in the conversation must not reach it, and its workers end with it.
            process = subprocess.Popen(
                command, stdout=log, stderr=log, env=quiet_environment(), start_new_session=True, cwd=self._folder
            )
        self._process = process
        try:
            self._wait(process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process and all of its children; does nothing a second time."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://{HOST}:{self._port}/health", timeout=1).close()
                return
            time.sleep(0.2)
        log = self._folder / ACTIONS_LOG
        raise StartError(f"The action server did not start; the last line of {log} is: {last_line(log)}")


def run_shell(port: int) -> int:
    """Open `rasa shell` in this terminal; returns its exit status.

    What Rasa and its libraries log or warn of goes to `.faq/rasa.log`, not into the conversation. SIGTERM and SIGHUP
    are turned into an exception, so that the action server is ended then too.

    Raises:
        StartError: the shell failed; the message ends with the log's last line.
    """
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _raise_exit)
    command = [sys.executable, "-m", "rasa", "shell", "--quiet", "--interface", HOST, "--port", str(port)]
    with SHELL_LOG.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env=quiet_environment())
    try:
        status = _wait_through_interrupts(process)
    finally:
        process.kill()
        process.wait()
    if status > 0:
        raise StartError(
            f"rasa shell ended with status {status}; the last line of {SHELL_LOG} is: {last_line(SHELL_LOG)}"
        )
    return 0


def _wait_through_interrupts(process: subprocess.Popen[bytes]) -> int:
    """Wait for the shell; Ctrl-C is the shell's own business, it ends the conversation by itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def last_line(log: Path) -> str:
    """The last line of a log that is not empty."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing was logged"


def _raise_exit(sign: int, _frame: object) -> None:
    sys.exit(128 + sign)
