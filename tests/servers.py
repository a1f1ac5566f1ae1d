"""Real servers for tests: Rasa and its action server as processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from faq_component.rasa.process.launch import HOST, RASA, ActionServer, quiet_environment

ROOT = Path(__file__).parent.parent
INBOX_TOKEN = "token of the inbox in tests"  # noqa: S105 (no secret)


def copy_checkout(folder: Path) -> Path:
    """A new folder as a checkout whose knowledge base can be edited; all else in it are links to this one."""
    folder.mkdir()
    for file in ROOT.iterdir():
        if file.name not in {"data", ".faq"} and not file.name.startswith(".git"):
            (folder / file.name).symlink_to(file)
    shutil.copytree(ROOT / "data", folder / "data")
    if (ROOT / ".faq").is_dir():  # its vectors need not be made again
        shutil.copytree(ROOT / ".faq", folder / ".faq", ignore=shutil.ignore_patterns("status", "*.log", "*.lock"))
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Bot:
    """A Rasa server whose REST channel can be talked to, and its action server, which can be closed or stopped.

    Args:
        folder: for what the servers write.
        checkout: that they work in; see `copy_checkout`.
        tracker_store: the section of that name in `endpoints.yml`; by default SQLite, as there, but in `folder`.
        endpoints: a file in place of all this, which finds the action server in the environment's ``ACTIONS_URL``.
        environment: further variables of Rasa's.
    """

    def __init__(
        self,
        folder: Path,
        checkout: Path = ROOT,
        tracker_store: Mapping[str, Any] | None = None,
        endpoints: Path | None = None,
        **environment: str,
    ) -> None:
        self._checkout = checkout
        # What one bot hands over must not be another's: the checkout has one file for it.
        handovers = {"FAQ_HANDOVERS": environment.get("FAQ_HANDOVERS", str(folder / "handovers.sqlite"))}
        self._environment = {"FAQ_INBOX_TOKEN": INBOX_TOKEN, **handovers, **environment}
        self.port, self.actions_port = free_port(), free_port()
        self._endpoints = endpoints or folder / "endpoints.yml"
        self.site_port = free_port()  # of the site that may show the web chat, at localhost
        self._channels = _channels(folder, checkout, self.site_port)
        sqlite = {"type": "faq_component.rasa.SqliteConversations", "db": str(folder / "conversations.sqlite")}
        actions = {"url": f"http://{HOST}:{self.actions_port}/webhook", "enable_selective_domain": True}
        own = {
            "action_endpoint": actions,
            "lock_store": {"type": "faq_component.rasa.MemoryLocks"},
            "nlg": {"type": "faq_component.rasa.VoiceNlg"},
            "tracker_store": dict(tracker_store or sqlite),
        }
        if endpoints is None:
            self._endpoints.write_text(json.dumps(own), "utf-8")  # JSON is YAML
        self._log = folder / "rasa.log"
        self.actions = ActionServer(self.actions_port, checkout, handovers)

    def __enter__(self) -> Self:
        self.start_rasa()
        try:
            self.actions.__enter__()
            self.wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def start_rasa(self) -> None:
        """Start Rasa without waiting for it, on the same port each time."""
        with self._log.open("ab") as log:
            actions = {"ACTIONS_URL": f"http://{HOST}:{self.actions_port}/webhook"}
            environment = {**quiet_environment(), "OMP_NUM_THREADS": "1", **actions, **self._environment}
            self.rasa = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=environment, start_new_session=True, cwd=self._checkout
            )

    def command(self) -> list[str]:
        """What starts Rasa."""
        command = [sys.executable, "-m", RASA, "run", "--interface", HOST, "--port", str(self.port)]
        return [*command, "--endpoints", str(self._endpoints), *self._channels, "--enable-api"]

    @property
    def handovers(self) -> str:
        """The file of what is handed over."""
        return self._environment["FAQ_HANDOVERS"]

    def kill_rasa(self) -> None:
        """End Rasa at once, as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.rasa.pid, signal.SIGKILL)
        self.rasa.wait()

    def say(self, text: str, sender: str) -> list[dict[str, Any]]:
        """Send a message through the REST channel; returns the bot's messages."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        url = f"http://{HOST}:{self.port}/webhooks/rest/webhook"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            messages: list[dict[str, Any]] = json.load(response)
            return messages

    def latest_message(self, sender: str) -> dict[str, Any]:
        """What Rasa made of the last message of a conversation."""
        message: dict[str, Any] = self._tracker(sender)["latest_message"]
        return message

    def spoken(self, sender: str) -> list[tuple[str, str]]:
        """Who said what in a conversation, as it is kept."""
        events = self._tracker(sender)["events"]
        return [(event["event"], event["text"]) for event in events if event["event"] in ("user", "bot")]

    def _tracker(self, sender: str) -> dict[str, Any]:
        url = f"http://{HOST}:{self.port}/conversations/{sender}/tracker?include_events=ALL"
        with urllib.request.urlopen(url, timeout=60) as response:
            tracker: dict[str, Any] = json.load(response)
            return tracker

    def memory(self) -> int:
        """Resident memory of the Rasa process in bytes."""
        fields = Path(f"/proc/{self.rasa.pid}/statm").read_text(encoding="utf-8").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def wait(self) -> None:
        """Wait until Rasa answers."""
        deadline = time.monotonic() + 600  # on a busy machine
        while time.monotonic() < deadline and self.rasa.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{HOST}:{self.port}/", timeout=1).close()
                return
            time.sleep(0.5)
        raise RuntimeError("Rasa did not start:\n" + self._log.read_text("utf-8")[-3000:])

    def _stop(self) -> None:
        self.actions.stop()
        self.kill_rasa()


def _channels(folder: Path, checkout: Path, port: int) -> list[str]:
    """Return Rasa's flag for the channels of a checkout, if it has any; a site at a port may show the web chat."""
    credentials, chat = checkout / "credentials.yml", "faq_component.rasa.web_chat.WebChat:\n"
    if not credentials.exists():
        return []
    channels = credentials.read_text("utf-8").replace(chat, f'{chat}  origins: ["http://localhost:{port}"]\n')
    (folder / "channels.yml").write_text(channels, "utf-8")
    return ["--credentials", str(folder / "channels.yml")]


def new_sender() -> str:
    return uuid.uuid4().hex
