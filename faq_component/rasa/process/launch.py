"""Rasa's processes: their quiet environment, the action server's life, and the shell."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from faq_component.errors import StartError
from faq_component.language import _
from faq_component.support.files import private_file

HOST = "127.0.0.1"
ACTIONS_LOG = Path(".faq/actions.log")
RASA = "faq_component.rasa.process.light_rasa"
RASA_LOG = Path(".faq/rasa.log")
_START_SECONDS = 180
_STOP_SECONDS = 5
_HEALTH_SECONDS = 1.0
_LOOK_SECONDS = 1.0
_PRIVATE = 0o077  # umask: what is written, conversations among it, is for this user only

_Started = TypeVar("_Started", bound="Server")


def quiet_environment() -> dict[str, str]:
    """The environment of this process, with Rasa's and TensorFlow's noise off, threads capped and loopback only.

    A cap that it has on the threads of OpenMP stays.
    """
    quiet = {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "TF_INTRA_OP_PARALLELISM_THREADS": "2",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        "CUDA_VISIBLE_DEVICES": "",
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SANIC_HOST": HOST,
    }
    return {**os.environ, **quiet}


def require_free_port(port: int, program: str) -> None:
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
                _(
                    "Port {port} is taken, and {program} needs it; "
                    "end the program that uses it (`lsof -i :{port}` names it)."
                ).format(port=port, program=program)
            ) from error


class Server:
    """A server as a child process: started on entering, ended on leaving, whatever happens."""

    def __init__(
        self,
        name: str,
        command: list[str],
        port: int,
        health: str,
        log: Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`health` is the path that answers once it is up; `folder` is the checkout that it works in."""
        self._environment = dict(environment or {})
        self._name = name
        self._command = command
        self._port = port
        self._health = health
        self._log = folder / log
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the process, which runs."""
        if self._process is None:
            raise RuntimeError(f"{self._name} does not run")
        return self._process.pid

    def __enter__(self: _Started) -> _Started:
        private_file(self._log)
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C in the conversation must not reach it, and its workers end with it.
            process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                env={**quiet_environment(), **self._environment},
                start_new_session=True,
                cwd=self._folder,
                umask=_PRIVATE,
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

    def join(self) -> None:
        """Wait until it ends, which it does by itself on a fault only.

        Raises:
            StartError: it has ended.
        """
        if self._process is not None:
            status = self._process.wait()
            raise _ended(self._name, status, self._log)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it answers."""
        from faq_component.support.http_client import HttpClient, HttpError  # slow to import

        client = HttpClient(f"http://{HOST}:{self._port}", _HEALTH_SECONDS)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            with contextlib.suppress(HttpError):
                if client.get(self._health).status == 200:
                    return
            time.sleep(0.2)
        raise StartError(
            _("{program} did not start; the last line of {log} is: {line}").format(
                program=self._name, log=self._log, line=last_line(self._log)
            )
        )


class ActionServer(Server):
    """The action server."""

    def __init__(self, port: int, folder: Path = Path(), environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
        super().__init__(_("The action server"), command, port, "/health", ACTIONS_LOG, folder, environment)


class RasaServer(Server):
    """Rasa with the channels of `credentials.yml`."""

    def __init__(self, port: int, folder: Path = Path(), environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", RASA, "run", "--interface", HOST, "--port", str(port)]
        super().__init__("Rasa", command, port, "/", RASA_LOG, folder, environment)


def run_shell(port: int, loading: AbstractContextManager[Any], is_loaded: Callable[[int], bool]) -> int:
    """Open `rasa shell` in this terminal; returns its exit status.

    `loading` shows that it loads, until `is_loaded` says so of the process of that number.

    What Rasa and its libraries log or warn of goes to `.faq/rasa.log`, not into the conversation. SIGTERM and SIGHUP
    are turned into an exception, so that the action server is ended then too.

    Raises:
        StartError: the shell failed; the message ends with the log's last line.
    """
    end_with_exception()
    command = [sys.executable, "-m", RASA, "shell", "--quiet", "--interface", HOST, "--port", str(port)]
    with RASA_LOG.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env=quiet_environment(), umask=_PRIVATE)
    try:
        with loading:
            while process.poll() is None and not is_loaded(process.pid):
                time.sleep(0.1)
        status = _wait_through_interrupts(process)
    finally:
        process.kill()
        process.wait()
    if status > 0:
        raise _ended("rasa shell", status, RASA_LOG)
    return 0


def _wait_through_interrupts(process: subprocess.Popen[bytes]) -> int:
    """Wait for the shell; Ctrl-C is the shell's own business, it ends the conversation by itself.

    Where the terminal was closed, it is ended: whoever closes it tells only the program that was started there, and
    `make`, for one, keeps that to itself. The bot would go on without anyone to talk to, and hold its ports.
    """
    watched = sys.stdin.isatty()
    while True:
        try:
            return process.wait(_LOOK_SECONDS)
        except KeyboardInterrupt:
            continue
        except subprocess.TimeoutExpired:
            if watched and not _terminal_is_there():
                sys.exit(128 + signal.SIGHUP)


def _terminal_is_there() -> bool:
    try:
        termios.tcgetattr(sys.stdin)
    except termios.error:
        return False
    return True


def end_with_exception() -> None:
    """Turn SIGTERM and SIGHUP into an exception, so that the child processes are ended too."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _raise_exit)


def last_line(log: Path) -> str:
    """The last line of a log that is not empty."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else _("nothing was logged")


def _ended(program: str, status: int, log: Path) -> StartError:
    return StartError(
        _("{program} ended with status {status}; the last line of {log} is: {line}").format(
            program=program, status=status, log=log, line=last_line(log)
        )
    )


def _raise_exit(sign: int, _frame: object) -> None:
    sys.exit(128 + sign)
