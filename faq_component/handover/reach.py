"""The channels in which a person's words can reach the user, as each running process of Rasa has noted its own."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable

from faq_component.handover.damage import check_row
from faq_component.support.processes import Process

_FORGET_SECONDS = 180.0  # after which a process on another host, which cannot be seen, counts as ended


def note_channels(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Note the channels of this process in place of what it noted before; forget those of processes that have ended."""
    now, process = time.time(), Process.current()
    own = json.dumps([process.host, process.pid, process.started])
    rows = connection.execute("SELECT process, max(at) FROM channels GROUP BY process").fetchall()
    gone = [(noted,) for noted, at in rows if noted == own or not _runs(noted, at, now)]
    connection.executemany("DELETE FROM channels WHERE process = ?", gone)
    connection.executemany("INSERT OR IGNORE INTO channels VALUES (?, ?, ?)", [(name, own, now) for name in names])


def is_reached(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a process that runs has noted a channel."""
    now, rows = time.time(), connection.execute("SELECT process, at FROM channels WHERE name = ?", (name,))
    return any(_runs(noted, at, now) for noted, at in rows)


def _runs(noted: str, at: float, now: float) -> bool:
    check_row("channels", {"process": noted, "at": at})
    runs = Process(*json.loads(noted)).runs()
    return now - at < _FORGET_SECONDS if runs is None else runs
