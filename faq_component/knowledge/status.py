"""Status files of running processes: the version of the FAQ that each one uses, shown by ``faq status``."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.support.files import with_checksum, without_checksum, write_atomically
from faq_component.support.processes import Process

logger = logging.getLogger(__name__)

# Interval of a process's heartbeat, its validity for readers on other hosts, and the age at which they delete the file.
_BEAT_SECONDS, _ALIVE_SECONDS, _FORGOTTEN_SECONDS = 10, 60, 86_400


@dataclass(frozen=True)
class ProcessStatus:
    """The last status of a process.

    Args:
        process: its name.
        pid: its process id, on its host.
        version: of the FAQ that it answers from.
        topics: number of topics of that version.
        since: when it switched to that version, ISO 8601, UTC.
        faults: that keep the newest edit out of use.
        host: the machine or container that it runs on.
        started: start time in the host's clock ticks, which tells it from another process with the same id.
    """

    process: str
    pid: int
    version: str
    topics: int
    since: str
    faults: tuple[str, ...]
    host: str = ""
    started: str | None = None


class LiveStatus:
    """The status file of this process."""

    def __init__(self, cache_dir: str, process: str) -> None:
        self._process = process
        self._file = _folder(cache_dir) / f"{socket.gethostname()}-{os.getpid()}-{id(self):x}.json"
        self._reported: tuple[str, tuple[str, ...]] | None = None
        self._content = b""
        self._beat = 0.0

    def report(self, faq: Faq, faults: Sequence[str]) -> None:
        """Write the status where it has changed, and a heartbeat every ten seconds.

        Where the folder cannot be written, ``faq status`` lacks this process.
        """
        reported = faq.version, tuple(faults)
        with contextlib.suppress(OSError):
            if reported != self._reported or not self._file.exists():
                now, me = datetime.now(timezone.utc).isoformat(timespec="seconds"), Process.current()
                topics, running = len(faq.topics), (me.host, me.started)
                status = ProcessStatus(self._process, me.pid, faq.version, topics, now, reported[1], *running)
                self._content = _to_bytes(status)
                write_atomically(self._file, self._content, private=True)
                self._reported = reported
            elif time.monotonic() - self._beat > _BEAT_SECONDS:
                if self._file.read_bytes() == self._content:
                    os.utime(self._file)
                else:  # damaged
                    write_atomically(self._file, self._content, private=True)
            else:
                return
            self._beat = time.monotonic()

    def remove(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)


def read_statuses(cache_dir: str) -> list[ProcessStatus]:
    """Read the statuses of running processes; files of others are removed.

    A damaged file is left out with a warning; its process writes it again within ten seconds.
    """
    found = []
    for file in sorted(_folder(cache_dir).glob("*.json")):
        with contextlib.suppress(OSError):
            status = _from_bytes(file.read_bytes())
            if status is None:
                logger.warning(
                    _("%s is damaged, and a process is missing below; it writes the file again within %d seconds"),
                    file,
                    _BEAT_SECONDS,
                )
                if _age(file) > _FORGOTTEN_SECONDS:
                    file.unlink(missing_ok=True)
            elif _runs(status, file):
                found.append(status)
            elif status.host == socket.gethostname() or _age(file) > _FORGOTTEN_SECONDS:
                file.unlink(missing_ok=True)
    return found


def _to_bytes(status: ProcessStatus) -> bytes:
    """Return a line with a SHA-256, then the status as JSON."""
    return with_checksum(json.dumps(vars(status), ensure_ascii=False).encode())


def _from_bytes(content: bytes) -> ProcessStatus | None:
    """Read what `_to_bytes` wrote; None where it is damaged."""
    data = without_checksum(content)
    if data is None:
        return None
    values = json.loads(data)
    return ProcessStatus(**{**values, "faults": tuple(values["faults"])})


def _folder(cache_dir: str) -> Path:
    return Path(cache_dir) / "status"


def _runs(status: ProcessStatus, file: Path) -> bool:
    """Whether a process still runs; one on another host, which may share the folder, is judged by its heartbeat."""
    runs = Process(status.host, status.pid, status.started).runs()
    return _age(file) < _ALIVE_SECONDS if runs is None else runs


def _age(file: Path) -> float:
    return time.time() - file.stat().st_mtime
