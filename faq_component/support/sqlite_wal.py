"""SQLite's write-ahead log, in which readers and a writer do not wait for each other."""

from __future__ import annotations

import sqlite3
import time

_PAUSE_SECONDS = 0.02


def set_wal(connection: sqlite3.Connection, seconds: float) -> bool:
    """Write into a write-ahead log from now on; False where the file's place does not allow one.

    SQLite does not itself wait for others who set it too, on a file that is new; so this tries for `seconds`.

    Raises:
        sqlite3.OperationalError: it failed for so long.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return bool(mode == "wal")
