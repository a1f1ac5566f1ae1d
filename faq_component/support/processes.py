"""Processes, told from later ones with the same number."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process.

    Args:
        host: the machine or container that it runs on.
        pid: its process id there.
        started: start time in the host's clock ticks; None where the system does not report it.
    """

    host: str
    pid: int
    started: str | None

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls(socket.gethostname(), os.getpid(), _started(os.getpid()))

    def runs(self) -> bool | None:
        """Whether it still runs; None where it is on another host, whose processes cannot be seen."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # it is another user's
            return True
        return _started(self.pid) == self.started


def _started(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot; None where the system does not report it."""
    with contextlib.suppress(OSError):
        # The program's name, in parentheses, may contain anything; the time is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return None
