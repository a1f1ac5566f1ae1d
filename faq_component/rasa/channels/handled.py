"""Deliveries that the channels have handled, in a file that the processes of a machine share."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from faq_component.language import N_, _
from faq_component.settings import load_settings
from faq_component.support.files import private_file
from faq_component.support.processes import Process
from faq_component.support.sqlite_wal import set_wal

logger = logging.getLogger(__name__)

_FILE = "handled.sqlite"
_REMEMBERED = 200_000  # deliveries in the file
_HELD = 20_000  # in the memory of a process, for while the file cannot be used
_BUSY_SECONDS = 0.2  # that another process may lock the file: the event loop stands still
_PAUSE_SECONDS = 5.0  # without a try after a failure
_OFTEN = 1_000  # deliveries between two deletions of old ones
_LONGEST_SECONDS = 120  # that handling takes: what another host began before that, it has done or lost
_UNUSABLE = N_(
    "%s cannot be used (%s); until it can, each process of Rasa recognises only the replays of what it handled itself."
)
_TABLE = """CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY, delivery BLOB UNIQUE, content BLOB, at REAL, done INTEGER,
    host TEXT, pid INTEGER, started TEXT)"""


@dataclass(frozen=True)
class Earlier:
    """A delivery that was taken before.

    Attributes:
        seconds: since then.
        is_same: whether it had the same content.
    """

    seconds: float
    is_same: bool


class Handled:
    """Remembers deliveries, so that none is handled twice, whichever process gets it and after a restart too.

    A delivery whose process ended before it was done is new again: the platform sends it once more. Where the process
    is on another host, which shares the folder, it is new again after two minutes. Deliveries and contents are kept as
    digests. Where the file cannot be used, each process remembers its own.

    Args:
        channel: name of the channel.
        folder: of the file; by default the setting `cache_dir`.
    """

    def __init__(self, channel: str, folder: Path | None = None) -> None:
        self._channel = channel
        self._file = (folder or Path(load_settings().cache_dir)) / _FILE
        self._held: dict[bytes, tuple[float, bytes]] = {}
        self._pending: dict[bytes, str] = {}  # changes that are not in the file yet
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._next_try = 0.0
        self._is_away = False
        self._until_deletion = 0

    def add(self, delivery: str, content: str = "") -> Earlier | None:
        """Take a delivery; return the earlier one where it was taken before."""
        key, digest, now = self._digest(delivery), self._digest(content), time.time()
        at, before = self._held.get(key) or self._taken(key, digest, now) or (now, None)
        if before is not None:
            return Earlier(now - at, before == digest)
        self._held[key] = at, digest
        if len(self._held) > _HELD:
            del self._held[next(iter(self._held))]
        return None

    def finish(self, delivery: str) -> None:
        """Note that a delivery is done."""
        self._change("UPDATE deliveries SET done = 1 WHERE delivery = ?", delivery)

    def discard(self, delivery: str) -> None:
        """Forget a delivery, which may come again."""
        self._held.pop(self._digest(delivery), None)
        self._change("DELETE FROM deliveries WHERE delivery = ?", delivery)

    def _digest(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._channel}\n{text}".encode("utf-8", "surrogatepass")).digest()[:16]

    def _taken(self, key: bytes, digest: bytes, now: float) -> tuple[float, bytes] | None:
        """Take a delivery in the file; return when it was taken before, and its content."""
        connection = self._connection()
        if connection is None:
            return None
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                before = _unless_abandoned(connection, key, now)
                if before is None:
                    me = Process.current()
                    values = key, digest, now, me.host, me.pid, me.started
                    connection.execute("INSERT OR REPLACE INTO deliveries VALUES (NULL, ?, ?, ?, 0, ?, ?, ?)", values)
                    self._delete_old(connection)
            except BaseException:
                if connection.in_transaction:  # SQLite itself rolls back where the disk is full
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._report(error)
            return None
        self._is_away = False
        return before

    def _delete_old(self, connection: sqlite3.Connection) -> None:
        self._until_deletion -= 1
        if self._until_deletion < 0:
            self._until_deletion = _OFTEN
            connection.execute(
                "DELETE FROM deliveries WHERE number <= (SELECT max(number) FROM deliveries) - ?", (_REMEMBERED,)
            )

    def _change(self, statement: str, delivery: str) -> None:
        """Change the file, or as soon as it can be used again."""
        self._pending[self._digest(delivery)] = statement
        if len(self._pending) > _HELD:
            del self._pending[next(iter(self._pending))]
        self._connection()

    def _connection(self) -> sqlite3.Connection | None:
        """Return this process's connection, with nothing pending; None while the file cannot be used."""
        if time.monotonic() < self._next_try:
            return None
        try:
            if self._opened is None or self._opened[0] != os.getpid():
                self._opened = os.getpid(), _open(self._file)
            connection = self._opened[1]
            for key, statement in list(self._pending.items()):
                connection.execute(statement, (key,))
                del self._pending[key]
                self._is_away = False
        except (OSError, sqlite3.Error) as error:
            self._report(error)
            return None
        return connection

    def _report(self, error: Exception) -> None:
        self._opened = None  # it may have been deleted, or be another file by now
        self._next_try = time.monotonic() + _PAUSE_SECONDS
        if not self._is_away:
            logger.warning(_(_UNUSABLE), self._file, error)
        self._is_away = True


def _open(file: Path) -> sqlite3.Connection:
    private_file(file)
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    if set_wal(connection, _BUSY_SECONDS):
        connection.execute("PRAGMA synchronous = OFF")  # after a power failure a replay may be handled
    connection.execute(_TABLE)
    return connection


def _unless_abandoned(connection: sqlite3.Connection, key: bytes, now: float) -> tuple[float, bytes] | None:
    """Return when a delivery was taken, and its content; None where its process ended before it was done."""
    taken = connection.execute(
        "SELECT at, content, done, host, pid, started FROM deliveries WHERE delivery = ?", (key,)
    ).fetchone()
    if taken is None:
        return None
    at, content, is_done, *process = taken
    if not is_done:
        runs = Process(*process).runs()
        if not (now - at < _LONGEST_SECONDS if runs is None else runs):
            return None
    return at, content
