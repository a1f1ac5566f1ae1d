"""The log itself: an SQLite file that rows are only added to."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from faq_component.errors import UsageLogError
from faq_component.language import _, ngettext
from faq_component.support.files import private_file
from faq_component.support.sqlite_wal import schema_version, set_wal
from faq_component.usage.events import Event, event_of, now, topics_to_json
from faq_component.usage.masking import mask

logger = logging.getLogger(__name__)

NONE = "none"
OVERRIDE = "FAQ_LOG"
_VERSION = 3
_BUSY_SECONDS = 10
_MOST_CHARACTERS = 500
_COLUMNS = tuple(item.name for item in fields(Event) if item.name != "id")
_NEW = ("milliseconds", "scope")  # columns since version 3; a row without values there has the checksum of before
_OLD = len(_COLUMNS) - len(_NEW)
_KEPT = (*_COLUMNS, "checksum")
_INSERT = f"INSERT INTO events ({', '.join(_KEPT)}) VALUES ({', '.join('?' * len(_KEPT))})"  # noqa: S608
_SELECT = f"SELECT id, {', '.join(_KEPT)} FROM events ORDER BY id"  # noqa: S608

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
    channel TEXT NOT NULL,
    checksum TEXT NOT NULL,
    milliseconds REAL,
    scope TEXT NOT NULL DEFAULT ''
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
# What figures are counted by, so that a hundred thousand rows are counted without a look at their texts.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS events_by_kind_and_time "
    "ON events (kind, time, outcome, topic, channel, scope, milliseconds, conversation)",
    "CREATE INDEX IF NOT EXISTS events_by_conversation ON events (conversation)",
)


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
            salt = _salt(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, [_row(event, salt) for event in events])

    def events(self) -> Iterator[Event]:
        """All events in the order of their writing; none where nothing has been written yet.

        A damaged row is left out, with a warning.
        """
        if not self.file.exists():
            return
        with self._opened() as connection:
            _check(connection)
            damaged = 0
            for number, *values, checksum in connection.execute(_SELECT):
                event = _event(number, values) if checksum in ("", _checksum(values)) else None
                if event is not None:
                    yield event
                else:
                    damaged += 1
        if damaged:
            logger.warning(
                ngettext(
                    "%(count)d row of the log %(file)s is damaged and left out; figures lack it",
                    "%(count)d rows of the log %(file)s are damaged and left out; figures lack them",
                    damaged,
                ),
                {"count": damaged, "file": self.file},
            )

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of the table `events`, for counting; none where nothing has been written yet.

        SQLite does the work, without a look at checksums.
        """
        if not self.file.exists():
            return []
        with self._opened() as connection:
            return connection.execute(query, values).fetchall()

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
            private_file(self.file)
            # Transactions are begun by hand: the module's own would begin a reading one, which cannot always be raised.
            with contextlib.closing(sqlite3.connect(self.file, _BUSY_SECONDS, isolation_level=None)) as connection:
                _prepare(connection)
                yield connection
        except (OSError, sqlite3.Error) as error:
            said = str(error.strerror if isinstance(error, OSError) else error)
            reason = said or type(error).__name__
            if isinstance(error, _DamagedError) or not said or _tells_damage(said):
                raise UsageLogError(
                    _(
                        "the log {file} is damaged ({reason}); move it away, and a new one begins (`sqlite3 {file} "
                        ".recover | sqlite3 {file}.saved` saves what can be read)"
                    ).format(file=self.file, reason=reason)
                ) from error
            raise UsageLogError(
                _("the log {file} cannot be used: {reason}; check the file and the disk").format(
                    file=self.file, reason=reason
                )
            ) from error


class _DamagedError(sqlite3.DatabaseError):
    """What the file holds is not what was written."""


def _tells_damage(reason: str) -> bool:
    return any(words in reason for words in ("malformed", "not a database", "Could not decode", "corrupt", "no such"))


def _check(connection: sqlite3.Connection) -> None:
    """Raise where the structure of the file is damaged: rows would be missing without a word."""
    (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise _DamagedError(str(said).splitlines()[-1])


def _salt(connection: sqlite3.Connection) -> bytes:
    found = connection.execute("SELECT value FROM salt").fetchone()
    if found is None or not isinstance(found[0], bytes):
        raise _DamagedError(_("the salt is missing"))
    salt: bytes = found[0]
    return salt


def _event(number: int, values: Sequence[Any]) -> Event | None:
    try:
        return event_of({"id": number, **dict(zip(_COLUMNS, values, strict=True))})
    except (ValueError, TypeError):  # of a row without a checksum
        return None


def _checksum(values: Sequence[object]) -> str:
    """Return what a row bears, so that a changed one is told."""
    kept = values if any(value not in (None, "") for value in values[_OLD:]) else values[:_OLD]
    return hashlib.sha256(json.dumps(list(kept), default=repr).encode()).hexdigest()[:16]


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none, and bring those of an earlier version up to date."""
    version = schema_version(connection, _VERSION)
    if version == _VERSION:
        return
    if version:
        _bring_up(connection)
        return
    set_wal(connection, _BUSY_SECONDS)
    connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}{';'.join(_INDEXES)};PRAGMA user_version = {_VERSION};COMMIT;")


def _bring_up(connection: sqlite3.Connection) -> None:
    """Add what an earlier version lacks: its rows have no time of decision and no scope, nor, of version 1, a checksum.

    The columns that a row lacks stay empty, and its checksum the one that it has.
    """
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < 2:
        connection.execute("ALTER TABLE events ADD COLUMN checksum TEXT NOT NULL DEFAULT ''")
    if version < _VERSION:  # no other process was faster
        connection.execute("ALTER TABLE events ADD COLUMN milliseconds REAL")
        connection.execute("ALTER TABLE events ADD COLUMN scope TEXT NOT NULL DEFAULT ''")
        for index in _INDEXES:
            connection.execute(index)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


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
    values = [written[name] for name in _COLUMNS]
    return *values, _checksum(values)
