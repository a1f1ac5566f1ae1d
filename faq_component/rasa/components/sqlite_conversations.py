"""A tracker store in SQLite: Rasa's table, with less work per message."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from faq_component.language import N_, _
from faq_component.rasa.components.old_conversations import Upkeep
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.support.files import private_file
from faq_component.support.setting_fields import Affects, CheckedSettings, setting
from faq_component.support.sqlite_wal import set_wal

logger = logging.getLogger(__name__)

_START_SECONDS = 5.0  # that another process may lock the file while it is opened
_BUSY_SECONDS = 2.0  # that another program may lock the file while a message waits
_PAUSE_SECONDS = 5.0  # without a try, after the file was locked for that long: messages wait once, not one by one
_MOST_KEPT = 1_000  # conversations in memory while the file cannot be used
_SENDER = "FROM events WHERE sender_id = :sender"
# Rasa's condition: events since the last start of a session, or all without one. Every event has a timestamp.
_SESSION = f"""{_SENDER} AND timestamp >= coalesce(
    (SELECT max(timestamp) {_SENDER} AND type_name = '{SessionStarted.type_name}'), timestamp)"""
_WRITTEN = "_faq_written"  # attribute of a tracker: how many of its events the file has
_INSERT = """INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
    VALUES (?, ?, ?, ?, ?, ?)"""

T = TypeVar("T")
_setting = partial(setting, group="Conversations", affects=Affects.NOTHING)


@dataclass(frozen=True)
class ConversationSettings(CheckedSettings):
    """The section `tracker_store` of `endpoints.yml`."""

    db: str = _setting("rasa.db", "file of the conversations", noun=N_("the path of a file"), refused=("", ":memory:"))
    days: int = _setting(
        90, "days after which what was said in an ended session is deleted; 0 keeps it for ever", low=0, high=36_500
    )
    mask: bool = _setting(
        False, "whether phone numbers and other personal data are masked in what was said, a day after it was said"
    )


class SqliteConversations(SQLTrackerStore):
    """Rasa's SQLTrackerStore for SQLite. Table and file format are Rasa's, so either reads what the other wrote.

    Rasa uses SQLAlchemy's object mapper, opens the file for each step, and waits for the disk several times: nearly
    half of the processor time of a message. This store keeps one connection, uses plain SQL, and writes to a
    write-ahead log. A killed process loses nothing; a power failure may lose the last messages, never the file.

    While another program locks the file, the disk is full or the file damaged, conversations go on in memory: one
    message waits two seconds at most, the log says so once, and what was said is written when the file works again.
    The file is used in a thread of its own, so that other conversations do not wait. A damaged event is left out.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        db: str = "rasa.db",
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **others: Any,
    ) -> None:
        """Open the file. Rasa passes the section `tracker_store` of `endpoints.yml`, with its `url` as `host`.

        Raises:
            InvalidConfigException: a setting is unknown or wrong.
            RasaException: the file cannot be opened as an SQLite database.
        """
        given = {"db": db, **({} if host is None else {"url": host}), **others}
        with raised_as_rasa_does(_("endpoints.yml, 'tracker_store': {fault}")):
            settings = ConversationSettings.from_mapping(given)
        try:
            self._connection = _open(Path(db))
        except (OSError, sqlite3.Error) as error:
            raise RasaException(
                _(
                    "{file} cannot store conversations ({error}); name another file at 'tracker_store' in endpoints.yml"
                ).format(file=db, error=error)
            ) from error
        self._db = db
        self._upkeep = Upkeep(settings.days, mask=settings.mask)
        self._pool: tuple[int, ThreadPoolExecutor] | None = None
        self._next_try = 0.0
        self._is_away = False
        self._kept: OrderedDict[str, DialogueStateTracker] = OrderedDict()  # what could not be written
        super().__init__(domain, dialect="sqlite", db=db, event_broker=event_broker)

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """Return a conversation that begins. What the file may have of it could not be read, and stays there."""
        tracker: DialogueStateTracker = super().init_tracker(sender_id)
        setattr(tracker, _WRITTEN, 0)
        return tracker

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        which = _SENDER if fetch_events_from_all_sessions else _SESSION
        kept = self._kept.get(sender_id)
        try:
            if kept is not None:  # other workers may have gone on with the conversation since
                await self._write(kept)
            rows = await self._with_file(partial(self._read, which, sender_id))
        except sqlite3.Error:
            return kept
        return self._tracker(sender_id, rows) if rows else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that the file lacks."""
        await self.stream_events(tracker)
        sender = tracker.sender_id
        try:
            await self._write(tracker)
            for kept in list(self._kept.values()):
                await self._write(kept)
        except sqlite3.Error:
            self._kept[sender] = tracker
            self._kept.move_to_end(sender)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return
        with suppress(sqlite3.Error):  # the log says so, and it is done another time
            await self._with_file(partial(self._upkeep.run, self._connection))

    async def _write(self, tracker: DialogueStateTracker) -> None:
        await self._with_file(partial(self._append, tracker, list(tracker.events)))
        sender = tracker.sender_id
        if self._kept.get(sender) is tracker:
            del self._kept[sender]

    def _tracker(self, sender: str, rows: Sequence[tuple[str]]) -> DialogueStateTracker:
        try:
            events = [json.loads(data) for (data,) in rows]
            tracker: DialogueStateTracker = DialogueStateTracker.from_dict(sender, events, self.domain.slots)
        except Exception:  # Rasa raises anything
            whole = [event for (data,) in rows if (event := _whole(data)) is not None]
            logger.warning(
                _("%d events of a conversation in %s are damaged and left out."), len(rows) - len(whole), self._db
            )
            tracker = DialogueStateTracker.from_dict(sender, whole, self.domain.slots)
        setattr(tracker, _WRITTEN, len(tracker.events))
        return tracker

    async def _with_file(self, use: Callable[[], T]) -> T:
        """Use the file in its thread.

        Raises:
            sqlite3.Error: it cannot be used, which is logged once.
        """
        if self._pool is None or self._pool[0] != os.getpid():
            self._pool = os.getpid(), ThreadPoolExecutor(1, "faq-conversations")
        return await asyncio.get_running_loop().run_in_executor(self._pool[1], self._tried, use)

    def _tried(self, use: Callable[[], T]) -> T:
        begun = time.monotonic()
        if begun < self._next_try:
            raise sqlite3.OperationalError
        try:
            result = use()
        except sqlite3.Error as error:
            if time.monotonic() - begun > _BUSY_SECONDS / 2:
                self._next_try = time.monotonic() + _PAUSE_SECONDS
            if not self._is_away:
                logger.warning(
                    _("%s cannot be used (%s); conversations go on in memory until it can."), self._db, error
                )
            self._is_away = True
            raise
        if self._is_away:
            logger.warning(_("%s can be used again."), self._db)
            self._is_away = False
        return result

    def _read(self, which: str, sender: str) -> list[tuple[str]]:
        return self._connection.execute(f"SELECT data {which} ORDER BY id", {"sender": sender}).fetchall()

    def _append(self, tracker: DialogueStateTracker, events: Sequence[Event]) -> None:
        sender, execute = tracker.sender_id, self._connection.execute
        written = getattr(tracker, _WRITTEN, None)
        # Made before the file is locked; of a tracker that somebody else has made, all.
        rows = [_row(sender, event.as_dict()) for event in events[written or 0 :]]
        execute("BEGIN IMMEDIATE")
        try:
            if written is None:
                (written,) = execute(f"SELECT count(*) {_SESSION}", {"sender": sender}).fetchone()
                rows = rows[written:]
            self._connection.executemany(_INSERT, rows)
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself rolls back where the disk is full
                execute("ROLLBACK")
            raise
        execute("COMMIT")
        setattr(tracker, _WRITTEN, max(written, len(events)))


def _open(file: Path) -> sqlite3.Connection:
    private_file(file)
    # Autocommit, since `save` begins its transactions itself. Rasa may load its agent in another thread.
    connection = sqlite3.connect(file, timeout=_START_SECONDS, isolation_level=None, check_same_thread=False)
    if set_wal(connection, _START_SECONDS):
        connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * _BUSY_SECONDS)}")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _row(sender_id: str, data: dict[str, Any]) -> tuple[Any, ...]:
    """Return the table row of an event."""
    intent = data.get("parse_data", {}).get("intent", {}).get("name")
    return sender_id, data["event"], data.get("timestamp"), intent, data.get("name"), json.dumps(data)


def _whole(data: str) -> dict[str, Any] | None:
    """Return an event that Rasa can read; None for any other."""
    try:
        values: dict[str, Any] = json.loads(data)
        return values if Event.from_parameters(values) is not None else None
    except Exception:  # Rasa raises anything
        return None
