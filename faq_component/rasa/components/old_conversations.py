"""What becomes of what was said: after a day it is masked, after some more it is deleted."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from faq_component.usage.masking import mask

_DAY = 86_400
_EVERY_SECONDS = 3_600
_MOST_AT_ONCE = 500  # rows: what a message waits for
# Old events, but for those of a session that goes on.
_DELETE = """DELETE FROM events WHERE id IN (
    SELECT id FROM events AS old WHERE timestamp < :before AND (
        timestamp < (
            SELECT max(timestamp) FROM events WHERE sender_id = old.sender_id AND type_name = 'session_started')
        OR (SELECT max(timestamp) FROM events WHERE sender_id = old.sender_id) < :before
    ) LIMIT :most)"""
_SELECT = "SELECT id, data FROM events WHERE id > ? AND timestamp < ? ORDER BY id LIMIT ?"
_UNCHANGED = frozenset({"event", "name", "timestamp", "type", "policy", "sender_id", "message_id", "model_id", "id"})


class Upkeep:
    """Mask and delete old events, some rows after a message, until nothing is left to do for an hour.

    Args:
        days: after which events of an ended session are deleted; 0 for never.
        mask: whether texts are masked a day after they were said. Until then a form may need what it asked for.
    """

    def __init__(self, days: int, *, mask: bool) -> None:
        self._days, self._mask = days, mask
        self._next = 0.0

    def run(self, connection: sqlite3.Connection) -> None:
        """Do some of what is to be done, outside of a transaction."""
        if time.monotonic() < self._next:
            return
        changed = 0
        if self._days:
            values = {"before": time.time() - self._days * _DAY, "most": _MOST_AT_ONCE}
            changed += connection.execute(_DELETE, values).rowcount
        if self._mask:
            changed += _mask_some(connection)
        if changed < _MOST_AT_ONCE:
            self._next = time.monotonic() + _EVERY_SECONDS


def _mask_some(connection: sqlite3.Connection) -> int:
    connection.execute("CREATE TABLE IF NOT EXISTS faq_masked (up_to INTEGER NOT NULL)")
    (last,) = connection.execute("SELECT coalesce(max(up_to), 0) FROM faq_masked").fetchone()
    rows = connection.execute(_SELECT, (last, time.time() - _DAY, _MOST_AT_ONCE)).fetchall()
    if rows:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "UPDATE events SET data = ? WHERE id = ?", [(_masked(data), id_) for id_, data in rows]
            )
            connection.execute("DELETE FROM faq_masked")
            connection.execute("INSERT INTO faq_masked VALUES (?)", (rows[-1][0],))
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return len(rows)


def _masked(data: str) -> str:
    try:
        return json.dumps(_masked_value(json.loads(data)))
    except ValueError:  # damaged
        return data


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked_value(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _UNCHANGED else _masked_value(item) for key, item in value.items()}
    return value
