"""Rows of the handovers that hold what this program never writes, as after an edit by hand or a damaged disk.

They are copied into the table ``damaged`` and taken out, or put right where the conversation is known: a handover is
ended then, so that the bot answers again.
"""

from __future__ import annotations

import json
import logging
import math
import sqlite3
import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from faq_component.handover.types import ENDED, KINDS, USER, Author, Ending, Reason, State

logger = logging.getLogger(__name__)

_MOST_KEPT = 1000  # damaged rows; of more the oldest are deleted
_LONGEST = 2_000  # characters of a damaged value

Holds = Callable[[Any], bool]


class DamagedRowError(Exception):
    """A row holds what this program never writes."""


def is_time(value: Any) -> bool:
    """Whether a value is a number of seconds."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_count_or_nothing(value: Any) -> bool:
    return value is None or _is_count(value)


def _one_of(kind: type[Enum], *others: str) -> Holds:
    known = {str(item.value) for item in kind} | set(others)
    return lambda value: isinstance(value, str) and value in known


def _is_process(value: Any) -> bool:
    """Whether a text names a process on a host, or nothing."""
    try:
        host, pid, started = json.loads(value)[:3] if value else ("", 0, "")
    except (TypeError, ValueError, KeyError):
        return False
    return isinstance(host, str) and isinstance(pid, int) and isinstance(started, (str, int, float, type(None)))


def _is_object(value: Any) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except (TypeError, ValueError, RecursionError):
        return False


COLUMNS: Mapping[str, Mapping[str, Holds]] = {
    "handovers": {
        "id": _is_text,
        "conversation": _is_text,
        "channel": _is_text,
        "language": _is_text,
        "reason": _one_of(Reason),
        "state": _one_of(State),
        "opened": is_time,
        "last_user": is_time,
        "last_person": is_time,
        "waiting_since": is_time,
        "person": _is_text,
        "ending": _one_of(Ending, ""),
        "ended": is_time,
        "source": _is_text,
    },
    "messages": {
        "handover": _is_text,
        "author": _one_of(Author),
        "text": _is_text,
        "at": is_time,
        "before": _is_count,
        "state": _is_text,
        "key": _is_text,
    },
    "jobs": {
        "queue": _is_text,
        "handover": _is_text,
        "kind": lambda value: value in KINDS,
        "message": _is_count_or_nothing,
        "at": is_time,
        "attempts": _is_count,
        "next": is_time,
        "worker": _is_process,
        "until": is_time,
        "state": lambda value: value in ("waiting", "done", "failed"),
    },
    "channels": {"name": _is_text, "process": _is_process, "at": is_time},
    "places": {"channel": _is_text, "conversation": _is_text, "place": _is_object, "at": is_time},
    "refused": {"bound": _is_text, "hour": _is_count, "count": _is_count},
}


def check_row(table: str, row: Mapping[str, Any]) -> None:
    """Check the columns of a row that was read.

    Raises:
        DamagedRowError: one of them holds what this program never writes.
    """
    columns = COLUMNS[table]
    for name, value in row.items():
        if name in columns and not columns[name](value):
            raise DamagedRowError(f"{table}.{name}")


def set_aside(connection: sqlite3.Connection, file: Path) -> int:
    """Copy damaged rows into the table ``damaged``, and put them right or delete them; return how many.

    Call it outside of a transaction. What was done is said in the log.
    """
    connection.text_factory = _text
    try:
        connection.execute("BEGIN IMMEDIATE")
        count = sum(_set_aside(connection, table) for table in COLUMNS)
        connection.execute(
            "DELETE FROM damaged WHERE number <= (SELECT number FROM damaged ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (_MOST_KEPT,),
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.text_factory = str
    if count:
        logger.error(
            "%s had %d damaged rows. They were set aside in its table 'damaged'; conversations whose state was lost go "
            "back to the bot.",
            file,
            count,
        )
    return count


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value  # which no column may hold


def _set_aside(connection: sqlite3.Connection, table: str) -> int:
    columns = COLUMNS[table]
    rows = connection.execute(f"SELECT rowid AS row, {', '.join(columns)} FROM {table}").fetchall()  # noqa: S608
    damaged = [row for row in rows if not all(holds(row[name]) for name, holds in columns.items())]
    for row in damaged:
        values = {name: _shown(row[name]) for name in columns}
        connection.execute(
            "INSERT INTO damaged (source, content, at) VALUES (?, ?, ?)",
            (table, json.dumps(values, ensure_ascii=False), time.time()),
        )
        if table == "handovers" and all(_is_text(row[name]) for name in ("id", "conversation", "channel")):
            _end(connection, row["row"], row["id"], ended=row["state"] == State.ENDED.value)
        else:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row["row"],))  # noqa: S608
            if table == "jobs" and row["queue"] == USER and _is_text(row["handover"]):
                found = connection.execute(
                    "SELECT rowid, id FROM handovers WHERE id = ? AND state <> 'ended'", (row["handover"],)
                ).fetchone()
                if found is not None:  # words to the user are lost: the bot answers again
                    _end(connection, found[0], found[1], ended=False)
    return len(damaged)


def _end(connection: sqlite3.Connection, row: int, number: str, *, ended: bool) -> None:
    """Put a handover right, and have its conversation handed back if it has not been."""
    now = time.time()
    state = State.ENDED if ended else State.ENDING
    connection.execute(
        "UPDATE handovers SET language = '', reason = ?, state = ?, opened = ?, last_user = ?, last_person = 0, "
        "waiting_since = ?, person = '', ending = ?, ended = ?, source = '' WHERE rowid = ?",
        (Reason.ASKED.value, state.value, now, now, now, Ending.NO_PERSON.value, now if ended else 0, row),
    )
    if not ended:
        connection.execute(
            "INSERT INTO jobs (queue, handover, kind, at) VALUES (?, ?, ?, ?)", (USER, number, ENDED, now)
        )


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    return value[:_LONGEST] if isinstance(value, str) else value if is_time(value) or value is None else str(value)
