"""How many conversations may be handed over at once, so that no stranger fills the inbox."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import time
from enum import Enum

MOST_OPEN = 200
MOST_OF_CHANNEL = 180  # so that a flood in one leaves room for the others
MOST_OF_SOURCE = 20  # of one address, behind which an office may be
MOST_AN_HOUR = 10  # openings of one conversation
_HOUR = 3600
_DIGITS = 16  # of a source


class Bound(str, Enum):
    """Why a wish for a person was refused."""

    ALL = "all"  # as many are handed over as can be
    CHANNEL = "channel"  # of this channel
    SOURCE = "source"  # of this address
    CONVERSATION = "conversation"  # this one was handed over again and again


def bound_of(connection: sqlite3.Connection, conversation: str, channel: str, source: str) -> Bound | None:
    """Return the bound that one more handover would break; None where there is room."""
    counts = connection.execute(
        "SELECT count(*), coalesce(sum(channel = ?), 0), coalesce(sum(source = ?), 0) FROM handovers "
        "WHERE state <> 'ended'",
        (channel, source),
    ).fetchone()
    (lately,) = connection.execute(
        "SELECT count(*) FROM handovers WHERE conversation = ? AND opened > ?", (conversation, time.time() - _HOUR)
    ).fetchone()
    reached = {
        Bound.ALL: counts[0] >= MOST_OPEN,
        Bound.CHANNEL: counts[1] >= MOST_OF_CHANNEL,
        Bound.SOURCE: bool(source) and counts[2] >= MOST_OF_SOURCE,
        Bound.CONVERSATION: lately >= MOST_AN_HOUR,
    }
    return next((bound for bound, is_reached in reached.items() if is_reached), None)


def note_refused(connection: sqlite3.Connection, bound: Bound) -> None:
    """Count a wish that was refused, by the hour."""
    connection.execute(
        "INSERT INTO refused VALUES (?, ?, 1) ON CONFLICT (bound, hour) DO UPDATE SET count = count + 1",
        (bound.value, int(time.time()) // _HOUR),
    )


def refused_lately(connection: sqlite3.Connection, hours: int) -> dict[str, int]:
    """Return how many wishes each bound has refused in the last hours."""
    rows = connection.execute(
        "SELECT bound, sum(count) FROM refused WHERE hour > ? GROUP BY bound", (int(time.time()) // _HOUR - hours,)
    )
    return dict(rows.fetchall())


def forget_refused(connection: sqlite3.Connection, before: float) -> None:
    """Delete the counts of hours before a moment."""
    connection.execute("DELETE FROM refused WHERE hour < ?", (int(before) // _HOUR,))


def source_of(connection: sqlite3.Connection, address: str) -> str:
    """Return the name under which an address is counted: without the file, whose key it takes, it tells nothing."""
    row = connection.execute("SELECT key FROM secret").fetchone()
    return hmac.new(str(row[0] if row else "").encode(), address.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
