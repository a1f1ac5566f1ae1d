"""SQLite's write-ahead log, with which readers and a writer do not block each other."""

from __future__ import annotations

import sqlite3
import time

from faq_component.language import _

_PAUSE_SECONDS = 0.02


def set_wal(connection: sqlite3.Connection, seconds: float) -> bool:
    """Switch a database to a write-ahead log; return False where its file system does not allow one.

    On a new file SQLite does not wait for other processes that switch too, so this retries for `seconds`.

    Raises:
        sqlite3.OperationalError: every attempt failed.
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


def schema_version(connection: sqlite3.Connection, known: int) -> int:
    """Return the version that a database's tables have; 0 where there are none yet.

    Raises:
        sqlite3.DatabaseError: it is later than `known`, that of this program.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > known:
        raise sqlite3.DatabaseError(
            _("it is of version {version}, and this program knows {known}").format(version=version, known=known)
        )
    return version
