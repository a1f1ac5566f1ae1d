"""Which version of the FAQ each running process has: written by each, read by ``faq status``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from faq_component.files import write_atomically
from faq_component.topics import Faq


@dataclass(frozen=True)
class ProcessStatus:
    """What a process last said of itself.

    Args:
        process: what it is.
        pid: its number.
        version: of the FAQ that it answers from.
        topics: how many that one has.
        since: when it took that one, ISO 8601, UTC.
        faults: of the newest edit, where that is not in use for them.
    """

    process: str
    pid: int
    version: str
    topics: int
    since: str
    faults: tuple[str, ...]


class LiveStatus:
    """The file in which a process says which FAQ it has."""

    def __init__(self, cache_dir: str, process: str) -> None:
        self._process = process
        self._file = _folder(cache_dir) / f"{os.getpid()}-{id(self):x}.json"

    def write(self, faq: Faq, faults: Sequence[str]) -> None:
        """Say so; a folder that cannot be written costs only the line in ``faq status``."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        status = ProcessStatus(self._process, os.getpid(), faq.version, len(faq.topics), now, tuple(faults))
        with contextlib.suppress(OSError):
            write_atomically(self._file, json.dumps(vars(status), ensure_ascii=False).encode())

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
            if _runs(status.pid):
                found.append(status)
            else:
                file.unlink(missing_ok=True)
    return found


def _folder(cache_dir: str) -> Path:
    return Path(cache_dir) / "status"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
