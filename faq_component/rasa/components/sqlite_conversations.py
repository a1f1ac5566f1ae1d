"""A tracker store in SQLite: Rasa's table, with less work per message."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from faq_component.language import N_, _
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.support.setting_fields import Affects, CheckedSettings, setting
from faq_component.support.sqlite_wal import set_wal

_BUSY_SECONDS = 5.0  # that another program may lock the file; every conversation waits meanwhile
_SENDER = "FROM events WHERE sender_id = :sender"
# Rasa's condition: events since the last start of a session, or all without one. Every event has a timestamp.
_SESSION = f"""{_SENDER} AND timestamp >= coalesce(
    (SELECT max(timestamp) {_SENDER} AND type_name = '{SessionStarted.type_name}'), timestamp)"""
_INSERT = """INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
    VALUES (?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True)
class ConversationSettings(CheckedSettings):
    """The section `tracker_store` of `endpoints.yml`."""

    db: str = setting(
        "rasa.db",
        "file of the conversations",
        group="Conversations",
        affects=Affects.NOTHING,
        noun=N_("the path of a file"),
        refused=("", ":memory:"),
    )


class SqliteConversations(SQLTrackerStore):
    """Rasa's SQLTrackerStore for SQLite. Table and file format are Rasa's, so either reads what the other wrote.

    Rasa uses SQLAlchemy's object mapper, opens the file for each step, and waits for the disk several times: nearly
    half of the processor time of a message. This store keeps one connection, uses plain SQL, and writes to a
    write-ahead log. A killed process loses nothing; a power failure may lose the last messages, never the file.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        db: str = "rasa.db",
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **unknown: Any,
    ) -> None:
        """Open the file. Rasa passes the section `tracker_store` of `endpoints.yml`, with its `url` as `host`.

        Raises:
            InvalidConfigException: a setting is unknown or wrong.
            RasaException: the file cannot be opened as an SQLite database.
        """
        given = {"db": db, **({} if host is None else {"url": host}), **unknown}
        with raised_as_rasa_does(_("endpoints.yml, 'tracker_store': {fault}")):
            ConversationSettings.from_mapping(given)
        try:
            self._connection = _open(Path(db))
        except (OSError, sqlite3.Error) as error:
            raise RasaException(
                _(
                    "{file} cannot store conversations ({error}); name another file at 'tracker_store' in endpoints.yml"
                ).format(file=db, error=error)
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
        """Append the events that the file lacks."""
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
    # Autocommit, since `save` begins its transactions itself. Rasa may load its agent in another thread.
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    if set_wal(connection, _BUSY_SECONDS):
        connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _row(sender_id: str, data: dict[str, Any]) -> tuple[Any, ...]:
    """Return the table row of an event."""
    intent = data.get("parse_data", {}).get("intent", {}).get("name")
    return sender_id, data["event"], data.get("timestamp"), intent, data.get("name"), json.dumps(data)
