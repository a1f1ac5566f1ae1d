"""The conversations that were handed over, and what is said in them, shared by all processes."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from faq_component.handover.bounds import Bound, bound_of, forget_refused, note_refused, refused_lately, source_of
from faq_component.handover.damage import check_row
from faq_component.handover.jobs import add_jobs
from faq_component.handover.reach import is_reached, note_channels
from faq_component.handover.settings import TimeOut
from faq_component.handover.tables import opened, writing
from faq_component.handover.types import (
    ENDED,
    JOINED,
    MESSAGE,
    OPEN,
    OPENED,
    USER,
    WORDS,
    Author,
    Ending,
    Handover,
    Reason,
    State,
    Words,
)

OVERRIDE = "FAQ_HANDOVERS"
_FILE = "handovers.sqlite"
_IS_OPEN = "state IN ('waiting', 'taken')"
_HANDOVER = "id, conversation, channel, language, reason, state, opened, last_user, last_person, person, ending, ended"
_MINUTE = 60.0
_DAY = 24 * 3600.0
TELLS_ALL = ("webhook",)  # adapters that report each message and the end; the others report the opening
MOST_MESSAGES = 1000  # of a handover; of more the oldest are deleted


def handover_file(cache_dir: str | Path) -> Path:
    """Return the file below the setting `cache_dir`, or the one that ``FAQ_HANDOVERS`` names."""
    return Path(os.environ.get(OVERRIDE) or Path(cache_dir) / _FILE)


class HandoverStore:
    """What is handed over, in an SQLite file.

    Each method that writes is one transaction, so that a process that ends in the middle leaves nothing half done.
    Every method raises `HandoverStoreError` where the file cannot be used.

    Args:
        file: of the store; created at the first writing.
        adapters: names of those who are told.
    """

    def __init__(self, file: Path, adapters: Collection[str] = ()) -> None:
        self.file = file
        self._adapters = tuple(adapters)

    def open(
        self,
        conversation: str,
        channel: str,
        reason: Reason,
        *,
        language: str = "",
        before: Iterable[tuple[Author, str, float]] = (),
        source: str = "",
    ) -> Handover:
        """Hand a conversation over, with what was said before; return the handover that it has if it has one.

        Args:
            conversation: the sender's id.
            channel: where it is.
            reason: why it is handed over.
            language: of the conversation.
            before: author, text, seconds since 1970.
            source: of whom it is, as `source_of` names it; empty where that is not known.
        """
        now = time.time()
        with writing(self.file) as connection:
            found = _one(connection, "conversation = ? AND state <> 'ended'", conversation)
            if found is not None:
                return found
            number = secrets.token_hex(12)
            connection.execute(
                "INSERT INTO handovers "
                "(id, conversation, channel, language, reason, state, opened, last_user, waiting_since, source) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, conversation, channel, language, reason.value, State.WAITING.value, now, now, now, source),
            )
            connection.executemany(
                "INSERT INTO messages (handover, author, text, at, before) VALUES (?, ?, ?, ?, 1)",
                [(number, author.value, _clean(text), at) for author, text, at in before],
            )
            add_jobs(connection, self._adapters, number, OPENED)
            made = _one(connection, "id = ?", number)
        assert made  # noqa: S101 (it was just written)
        return made

    def refuse(self, conversation: str, channel: str, source: str = "") -> Bound | None:
        """Return the bound that handing a conversation over would break, and count that; None where there is room.

        A conversation that is handed over already breaks none.
        """
        with writing(self.file) as connection:
            if _one(connection, "conversation = ? AND state <> 'ended'", conversation) is not None:
                return None
            bound = bound_of(connection, conversation, channel, source)
            if bound is not None:
                note_refused(connection, bound)
            return bound

    def refused(self, hours: int = 24) -> dict[str, int]:
        """Return how many wishes for a person each bound has refused in the last hours."""
        if not self.file.exists():
            return {}
        with opened(self.file) as connection:
            return refused_lately(connection, hours)

    def source_of(self, address: str) -> str:
        """Return the name under which a client's address is counted."""
        with opened(self.file) as connection:
            return source_of(connection, address)

    def of_conversation(self, conversation: str) -> Handover | None:
        """Return the handover of a conversation that is not ended, or None."""
        return self._found("conversation = ? AND state <> 'ended'", conversation)

    def of_id(self, number: str) -> Handover | None:
        """Return a handover, or None."""
        return self._found("id = ?", number)

    def unended(self) -> list[Handover]:
        """Return all handovers that are not ended, those that wait longest first."""
        return self._all("state <> 'ended' ORDER BY last_person > last_user, number")

    def last_words(self) -> dict[str, str]:
        """Return what each user said last, by the handover that is not ended."""
        if not self.file.exists():
            return {}
        with opened(self.file) as connection:
            rows = connection.execute(
                "SELECT handover, text FROM messages WHERE number IN (SELECT MAX(messages.number) FROM messages "
                "JOIN handovers ON handovers.id = handover WHERE handovers.state <> 'ended' AND author = ? "
                "GROUP BY handover)",
                (Author.USER.value,),
            )
            found = [dict(row) for row in rows]
            for row in found:
                check_row("messages", row)
            return {row["handover"]: row["text"] for row in found}

    def messages(self, number: str, after: int = 0) -> list[Words]:
        """Return what is said in a handover, after the message of a number."""
        if not self.file.exists():
            return []
        with opened(self.file) as connection:
            rows = connection.execute(
                "SELECT number, author, text, at, before, state FROM messages WHERE handover = ? AND number > ? "
                "ORDER BY number",
                (number, after),
            )
            return [_words(row) for row in rows]

    def message(self, number: int) -> Words | None:
        """Return a message by its number."""
        with opened(self.file) as connection:
            row = connection.execute(
                "SELECT number, author, text, at, before, state FROM messages WHERE number = ?", (number,)
            ).fetchone()
            return row and _words(row)

    def add_user_words(self, number: str, text: str, key: str = "") -> bool:
        """Keep a message of the user for the person; return whether the handover is open and takes it.

        Args:
            number: id of the handover.
            text: the message.
            key: by which a repetition of the same message is recognised.
        """
        with writing(self.file) as connection:
            if _one(connection, f"id = ? AND {_IS_OPEN}", number) is None:
                return False
            message = _add_message(connection, number, Author.USER, text, "sent", key)
            if message is not None:
                now = time.time()
                connection.execute(
                    "UPDATE handovers SET last_user = ?, "
                    "waiting_since = CASE WHEN last_person >= waiting_since THEN ? ELSE waiting_since END WHERE id = ?",
                    (now, now, number),
                )
                add_jobs(connection, self._who_hears_all(), number, MESSAGE, message)
            return True

    def add_person_words(self, number: str, text: str, person: str, key: str = "") -> bool:
        """Keep a person's words for the user; return whether the handover is open and takes them.

        The first person who writes takes the conversation.
        """
        with writing(self.file) as connection:
            found = _one(connection, f"id = ? AND {_IS_OPEN}", number)
            if found is None:
                return False
            _take(connection, found, person)
            message = _add_message(connection, number, Author.PERSON, text, "waiting", key)
            if message is not None:
                connection.execute("UPDATE handovers SET last_person = ? WHERE id = ?", (time.time(), number))
                add_jobs(connection, [USER], number, WORDS, message)
            return True

    def take(self, number: str, person: str) -> bool:
        """Let a person take a conversation that waits; return whether it is open."""
        with writing(self.file) as connection:
            found = _one(connection, f"id = ? AND {_IS_OPEN}", number)
            if found is not None:
                _take(connection, found, person)
            return found is not None

    def end(self, number: str, ending: Ending) -> bool:
        """Ask for a conversation to be given back, after all that is still to be sent; return whether it was open."""
        with writing(self.file) as connection:
            changed = connection.execute(
                f"UPDATE handovers SET state = ?, ending = ? WHERE id = ? AND {_IS_OPEN}",  # noqa: S608
                (State.ENDING.value, ending.value, number),
            ).rowcount
            if changed:
                add_jobs(connection, [USER], number, ENDED)
                add_jobs(connection, self._who_hears_all(), number, ENDED)
            return bool(changed)

    def close(self, number: str) -> None:
        """Note that the bot answers again."""
        with writing(self.file) as connection:
            connection.execute(
                "UPDATE handovers SET state = ?, ended = ? WHERE id = ? AND state <> ?",
                (State.ENDED.value, time.time(), number, State.ENDED.value),
            )

    def end_overdue(self, time_out: TimeOut) -> int:
        """End those in which the user waits for a person for too long, or says nothing to one; return how many."""
        now = time.time()
        late = [
            (found, Ending.NO_USER if found.last_person > found.last_user else Ending.NO_PERSON)
            for found in self._all(
                f"{_IS_OPEN} AND (last_person > last_user AND last_person < ? "
                "OR last_person <= last_user AND waiting_since < ?)",
                now - _MINUTE * time_out.user,
                now - _MINUTE * time_out.person,
            )
        ]
        return sum(self.end(found.id, ending) for found, ending in late)

    def prune(self, days: int) -> int:
        """Delete the handovers that ended so many days ago, with their messages; return how many."""
        if not self.file.exists():
            return 0
        before = time.time() - _DAY * days
        with writing(self.file) as connection:
            connection.execute("DELETE FROM places WHERE at < ?", (before,))
            forget_refused(connection, before)
            return connection.execute("DELETE FROM handovers WHERE state = 'ended' AND ended < ?", (before,)).rowcount

    def mark(self, message: int, state: str) -> None:
        """Note of a person's words that they were ``sent``, or have ``failed``."""
        with writing(self.file) as connection:
            connection.execute("UPDATE messages SET state = ? WHERE number = ?", (state, message))

    def set_channels(self, names: Iterable[str]) -> None:
        """Note the channels in which this process can bring a person's words to the user."""
        with writing(self.file) as connection:
            note_channels(connection, names)

    def reaches(self, channel: str) -> bool:
        """Whether a person's words can reach the user in a channel."""
        if not self.file.exists():
            return False
        with opened(self.file) as connection:
            return is_reached(connection, channel)

    def keep_place(self, channel: str, conversation: str, place: Mapping[str, Any]) -> None:
        """Keep what a channel needs to write to a user first, such as an address that the last message had."""
        with writing(self.file) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)",
                (channel, conversation, json.dumps(place), time.time()),
            )

    def place(self, channel: str, conversation: str) -> dict[str, Any]:
        """Return what `keep_place` has kept; empty where there is nothing."""
        with opened(self.file) as connection:
            row = connection.execute(
                "SELECT place FROM places WHERE channel = ? AND conversation = ?", (channel, conversation)
            ).fetchone()
            if row:
                check_row("places", dict(row))
            return json.loads(row["place"]) if row else {}

    def _who_hears_all(self) -> list[str]:
        return [name for name in self._adapters if name in TELLS_ALL]

    def _found(self, condition: str, *values: Any) -> Handover | None:
        if not self.file.exists():
            return None
        with opened(self.file) as connection:
            return _one(connection, condition, *values)

    def _all(self, condition: str, *values: Any) -> list[Handover]:
        if not self.file.exists():
            return []
        with opened(self.file) as connection:
            rows = connection.execute(f"SELECT {_HANDOVER} FROM handovers WHERE {condition}", values)  # noqa: S608
            return [_handover(row) for row in rows]


def _one(connection: sqlite3.Connection, condition: str, *values: Any) -> Handover | None:
    row = connection.execute(f"SELECT {_HANDOVER} FROM handovers WHERE {condition}", values).fetchone()  # noqa: S608
    return _handover(row) if row is not None else None


def _handover(row: sqlite3.Row) -> Handover:
    check_row("handovers", dict(row))
    return Handover(**dict(row))


def _words(row: sqlite3.Row) -> Words:
    check_row("messages", dict(row))
    return Words(**{**dict(row), "before": bool(row["before"])})


def _take(connection: sqlite3.Connection, found: Handover, person: str) -> None:
    if found.state == State.WAITING.value or found.person != person:
        connection.execute(
            "UPDATE handovers SET state = ?, person = ? WHERE id = ?", (State.TAKEN.value, person, found.id)
        )
        if person and found.person != person:
            add_jobs(connection, [USER], found.id, JOINED)


def _add_message(
    connection: sqlite3.Connection, number: str, author: Author, text: str, state: str, key: str
) -> int | None:
    """Add a message; return its number, or None where the key was there before."""
    added = connection.execute(
        "INSERT OR IGNORE INTO messages (handover, author, text, at, state, key) VALUES (?, ?, ?, ?, ?, ?)",
        (number, author.value, _clean(text), time.time(), state, key),
    )
    connection.execute(
        "DELETE FROM messages WHERE handover = ?1 AND number <= "
        "(SELECT number FROM messages WHERE handover = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2) "
        "AND number NOT IN (SELECT message FROM jobs WHERE handover = ?1 AND state = 'waiting' AND message > 0)",
        (number, MOST_MESSAGES),
    )
    return added.lastrowid if added.rowcount else None


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()  # half a surrogate pair


assert {state.value for state in OPEN} == {"waiting", "taken"}  # noqa: S101 (as _IS_OPEN says)
