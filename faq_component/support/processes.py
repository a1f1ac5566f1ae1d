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
        started: start time in the host's clock ticks, and the namespace of process ids, since containers may share the
            name of their host; None where the system does not report it.
    """

    host: str
    pid: int
    started: str | None

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls(socket.gethostname(), os.getpid(), _started(os.getpid()))

    def runs(self) -> bool | None:
        """Whether it still runs; None where it is on another host or in a container, whose processes are not seen."""
        ticks, _at, namespace = (self.started or "").partition("@")
        if self.host != socket.gethostname() or (namespace and namespace != _namespace()):
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # it is another user's
            return True
        return (_started(self.pid) or "").partition("@")[0] == ticks


def _started(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot, ``@``, and this namespace; None where that is not reported."""
    with contextlib.suppress(OSError):
        # The program's name, in parentheses, may contain anything; the time is the 20th field after it.
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return f"{status.rpartition(')')[2].split()[19]}@{_namespace()}"
    return None


def _namespace() -> str:
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    return ""
