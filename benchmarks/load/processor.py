"""Processor time of processes and all that they have started, from Linux's ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def children(pid: int | None = None) -> set[int]:
    """Return the processes that a process has started, by default this one."""
    pid = pid or os.getpid()
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found |= {int(child) for child in task.read_text("utf-8").split()}
    return found


def processor_seconds(pids: Iterable[int]) -> float:
    """Return the seconds of processor time that processes and their descendants have used."""
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS + processor_seconds(children(pid))
    return total
