"""Conversations in an SQLite file, as Rasa keeps them, with less work for each message."""

from __future__ import annotations

import json
import sqlite3
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from faq_component.support.sqlite_wal import set_wal

_BUSY_SECONDS = 5.0  # that another program may hold the file, while every conversation waits
_IN_MEMORY = ":memory:"
_SENDER = "FROM events WHERE sender_id = :sender"
# Rasa's own condition: what came since the last start of a session, or everything where there was none. Rasa gives
# every event a time.
_SESSION = f"""{_SENDER} AND timestamp >= coalesce(
    (SELECT max(timestamp) {_SENDER} AND type_name = '{SessionStarted.type_name}'), timestamp)"""
_INSERT = """INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
    VALUES (?, ?, ?, ?, ?, ?)"""


class SqliteConversations(SQLTrackerStore):
    """Rasa's SQLTrackerStore on SQLite: the same table in the same file, so either reads what the other wrote.

    Rasa goes through SQLAlchemy's object mapper, opens the file anew for each step, and waits for the disk several
    times: nearly half of the processor time that a message took. Here one connection stays open, statements are plain
    SQL, and what is written goes into a write-ahead log. A killed process loses nothing; where the machine itself
    loses power, the last messages before may be lost, never the file.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        db: str = "rasa.db",
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **unknown: Any,
    ) -> None:
        """Called by Rasa with the section `tracker_store` of `endpoints.yml`: `db` is the file, `host` its `url`.

        Raises:
            RasaException: a setting is unknown, or the file cannot be opened or is no SQLite database.
        """
        if host is not None or unknown or db == _IN_MEMORY:
            wrong = "url" if host is not None else next(iter(unknown), f"db: {_IN_MEMORY}")
            raise RasaException(
                f"'{wrong}' at 'tracker_store' in endpoints.yml is nothing that {type(self).__name__} knows; "
                "it has 'db' alone, the path of a file"
            )
        try:
            self._connection = _open(Path(db))
        except (OSError, sqlite3.Error) as error:
            raise RasaException(
                f"{db}: conversations cannot be kept there ({error}); "
                "name another file at 'tracker_store' in endpoints.yml"
            ) from error
        super().__init__(domain, dialect="sqlite", db=db, event_broker=event_broker)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        which = _SENDER if fetch_events_from_all_sessions else _SESSION
        rows = self._connection.execute(f"SELECT data {which} ORDER BY id", {"sender": sender_id}).fetchall()
        if not rows:
            return None
        events = [json.loads(data) for (data,) in rows]
        tracker: DialogueStateTracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that the file does not have."""
        await self.stream_events(tracker)
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            (known,) = execute(f"SELECT count(*) {_SESSION}", {"sender": tracker.sender_id}).fetchone()
            new = islice(tracker.events, known, None)
            self._connection.executemany(_INSERT, (_row(tracker.sender_id, event.as_dict()) for event in new))
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself rolls back where the disk is full
                execute("ROLLBACK")
            raise
        execute("COMMIT")


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # In autocommit: `save` says itself where its transaction begins. Rasa may load its agent in another thread.
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    if set_wal(connection, _BUSY_SECONDS):
        connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _row(sender_id: str, data: dict[str, Any]) -> tuple[Any, ...]:
    """Of the table, for an event."""
    intent = data.get("parse_data", {}).get("intent", {}).get("name")
    return sender_id, data["event"], data.get("timestamp"), intent, data.get("name"), json.dumps(data)
