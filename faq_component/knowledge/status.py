"""Which version of the FAQ each running process has: written by each, read by ``faq status``."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from faq_component.knowledge.topics import Faq
from faq_component.support.files import write_atomically

# How often a process says that it runs, how long that is believed on another host, and when it is forgotten there.
_BEAT_SECONDS, _ALIVE_SECONDS, _FORGOTTEN_SECONDS = 10, 60, 86_400


@dataclass(frozen=True)
class ProcessStatus:
    """What a process last said of itself.

    Args:
        process: what it is.
        pid: its number, on its host.
        version: of the FAQ that it answers from.
        topics: how many that one has.
        since: when it took that one, ISO 8601, UTC.
        faults: of the newest edit, where that is not in use for them.
        host: the machine, or container, that it runs on.
        started: when, in the host's own count: another process of the same number started at another time.
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
    """The file in which a process says which FAQ it has."""

    def __init__(self, cache_dir: str, process: str) -> None:
        self._process = process
        self._file = _folder(cache_dir) / f"{socket.gethostname()}-{os.getpid()}-{id(self):x}.json"
        self._told: tuple[str, tuple[str, ...]] | None = None
        self._beat = 0.0

    def tell(self, faq: Faq, faults: Sequence[str]) -> None:
        """Say so where it is new, and every ten seconds that this process runs.

        A folder that cannot be written costs only the line in ``faq status``.
        """
        told = faq.version, tuple(faults)
        with contextlib.suppress(OSError):
            if told != self._told or not self._file.exists():
                now, pid = datetime.now(timezone.utc).isoformat(timespec="seconds"), os.getpid()
                host, started = socket.gethostname(), _started(pid)
                status = ProcessStatus(self._process, pid, faq.version, len(faq.topics), now, told[1], host, started)
                write_atomically(self._file, json.dumps(vars(status), ensure_ascii=False).encode())
                self._told = told
            elif time.monotonic() - self._beat > _BEAT_SECONDS:
                os.utime(self._file)
            else:
                return
            self._beat = time.monotonic()

    def remove(self) -> None:
        """Say no more."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)


def read_statuses(cache_dir: str) -> list[ProcessStatus]:
    """What the processes that still run said; the files of others are removed."""
    found = []
    for file in sorted(_folder(cache_dir).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            content = json.loads(file.read_bytes())
            status = ProcessStatus(**{**content, "faults": tuple(content["faults"])})
            if _runs(status, file):
                found.append(status)
            elif status.host == socket.gethostname() or _age(file) > _FORGOTTEN_SECONDS:
                file.unlink(missing_ok=True)
    return found


def _folder(cache_dir: str) -> Path:
    return Path(cache_dir) / "status"


def _runs(status: ProcessStatus, file: Path) -> bool:
    """Whether it does; of another host's, which may share the folder, only its file can tell."""
    if status.host != socket.gethostname():
        return _age(file) < _ALIVE_SECONDS
    try:
        os.kill(status.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(status.pid) == status.started


def _age(file: Path) -> float:
    return time.time() - file.stat().st_mtime


def _started(pid: int) -> str | None:
    """Clock ticks from the start of the host to that of a process; None where the system does not tell."""
    with contextlib.suppress(OSError):
        # The program's name, in brackets, may hold anything; the time is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return None
