"""The log itself: an SQLite file that rows are only added to."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from faq_component.errors import UsageLogError
from faq_component.language import _
from faq_component.support.sqlite_wal import set_wal
from faq_component.usage.events import Event, event_of, now, topics_to_json
from faq_component.usage.masking import mask

NONE = "none"
OVERRIDE = "FAQ_LOG"
_VERSION = 1
_BUSY_SECONDS = 10
_MOST_CHARACTERS = 500
_COLUMNS = tuple(item.name for item in fields(Event) if item.name != "id")
_INSERT = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608

# SQLite's REPLACE deletes without a trigger, so the number of an existing row is refused as well. A row can be deleted
# only after its pruning has been written down, and a review never: what was decided once is not asked again.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'pick', 'feedback', 'review')),
    outcome TEXT NOT NULL,
    text TEXT NOT NULL,
    topic TEXT NOT NULL,
    topics TEXT NOT NULL,
    confidence REAL,
    faq TEXT NOT NULL,
    conversation TEXT NOT NULL,
    channel TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS prunings (time TEXT NOT NULL, before TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS salt (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL);
INSERT OR IGNORE INTO salt VALUES (1, randomblob(16));
CREATE TRIGGER IF NOT EXISTS events_stay_as_written BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS events_are_not_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE DELETE ON events
    WHEN OLD.kind = 'review' OR OLD.time >= (SELECT coalesce(max(before), '') FROM prunings)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS prunings_stay_as_written BEFORE UPDATE ON prunings
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS prunings_stay BEFORE DELETE ON prunings
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""


def log_file(setting: str) -> Path | None:
    """The file that the setting `log` names, or the environment's ``FAQ_LOG`` before it; None where no log is kept."""
    place = os.environ.get(OVERRIDE) or setting
    return None if place == NONE else Path(place)


class UsageLog:
    """An append-only log in an SQLite file, which several processes write to at once.

    The file is made at the first writing, for its owner alone (0600). Triggers refuse every change of a row, and every
    deletion but that of `prune`. What is written is masked (`mask`), cut to 500 characters, and bears a salted hash in
    place of the sender's id.

    Every method raises `UsageLogError` where the file cannot be read or written.
    """

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)

    def append(self, events: Iterable[Event]) -> None:
        """Write events, all or none of them; an event without a time is of this moment."""
        with self._opened() as connection, connection:
            (salt,) = connection.execute("SELECT value FROM salt").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, [_row(event, salt) for event in events])

    def events(self) -> Iterator[Event]:
        """All events in the order of their writing; none where nothing has been written yet."""
        if not self.file.exists():
            return
        with self._opened() as connection:
            connection.row_factory = sqlite3.Row
            for row in connection.execute(f"SELECT id, {', '.join(_COLUMNS)} FROM events ORDER BY id"):  # noqa: S608
                yield event_of(dict(row))

    def prune(self, before: str) -> int:
        """Delete what was written before a moment, but for reviews, and overwrite its place; returns how many rows.

        That it was done, and up to where, is written down first and stays.
        """
        if not self.file.exists():
            return 0
        with self._opened() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO prunings VALUES (?, ?)", (now(), before))
                deleted = connection.execute("DELETE FROM events WHERE time < ? AND kind <> 'review'", (before,))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return deleted.rowcount

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
            # Transactions are begun by hand: the module's own would begin a reading one, which cannot always be raised.
            with contextlib.closing(sqlite3.connect(self.file, _BUSY_SECONDS, isolation_level=None)) as connection:
                _prepare(connection)
                yield connection
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageLogError(
                _("the log {file} cannot be used: {reason}; check the file and the disk").format(
                    file=self.file, reason=reason
                )
            ) from error


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise sqlite3.DatabaseError(
            _("it is of version {version}, and this program knows {known}").format(version=version, known=_VERSION)
        )
    if version == _VERSION:
        return
    set_wal(connection, _BUSY_SECONDS)
    connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {_VERSION};COMMIT;")


def _row(event: Event, salt: bytes) -> tuple[object, ...]:
    sender = event.conversation.encode(errors="surrogatepass")
    written = {
        **vars(event),
        "time": event.time or now(),
        "kind": event.kind.value,
        "text": mask(event.text)[:_MOST_CHARACTERS].encode(errors="replace").decode(),  # half a surrogate pair
        "topics": topics_to_json(event.topics),
        "conversation": hmac.new(salt, sender, hashlib.sha256).hexdigest()[:16] if sender else "",
    }
    return tuple(written[name] for name in _COLUMNS)
