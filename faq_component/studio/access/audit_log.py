"""The audit log: who did what in the studio, when, and from which address."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import g, has_request_context

from faq_component.errors import StudioError
from faq_component.evaluation.sheets import table_bytes
from faq_component.language import N_, _
from faq_component.studio.access.database import opened
from faq_component.studio.access.roles import Role
from faq_component.text import escape_controls
from faq_component.usage.events import now

logger = logging.getLogger(__name__)

SIGN_IN, SIGN_IN_REFUSED, SIGN_OUT, REFUSED = "sign-in", "sign-in-refused", "sign-out", "refused"
EXPORT = "export"
ACTS = {
    SIGN_IN: N_("signed in"),
    SIGN_IN_REFUSED: N_("sign-in refused"),
    SIGN_OUT: N_("signed out"),
    REFUSED: N_("refused for the role"),
    "edit": N_("edited"),
    "publish": N_("published"),
    "schedule": N_("planned to publish"),
    "cancel": N_("cancelled a plan"),
    "discard": N_("took changes out of the draft"),
    "restore": N_("put changes back into the draft"),
    "decide": N_("let the draft stand in a conflict"),
    "undo": N_("went back to a version"),
    "import": N_("imported"),
    EXPORT: N_("exported"),
    "review": N_("reviewed"),
    "test-set": N_("changed a test set"),
    "accept": N_("accepted a finding"),
    "settings": N_("changed settings"),
    "account": N_("changed an account"),
}
# How names of details, and words that are values of them, are shown; others are shown as they are.
_WORDS = {
    "by": N_("by means of"),
    "role": N_("role"),
    "name": N_("name"),
    "change": N_("change"),
    "page": N_("page"),
    "method": N_("method"),
    "edit": N_("edit"),
    "topics": N_("topics"),
    "files": N_("files"),
    "address": N_("an address that works once"),
    "password": N_("password"),
    "password-change": N_("change of the password"),
    "invitation": N_("invitation"),
    "proxy": N_("proxy"),
    "command line": N_("command line"),
    "password-set": N_("password set"),
    "invited": N_("invited"),
    "added": N_("added"),
    "removed": N_("removed"),
    "activated": N_("activated"),
    "deactivated": N_("deactivated"),
    "sessions-ended": N_("sessions ended"),
    **{role.name.lower(): role.name.lower() for role in Role},  # messages of `Role.title`
}
_CODES = frozenset(("by", "role", "change"))  # details whose values are such words
# Events that change nothing; anybody can cause any number of them, even before signing in. Each has a share of its own,
# so that they push out neither changes nor one another.
FREE_ACTS = (SIGN_IN, SIGN_IN_REFUSED, SIGN_OUT, REFUSED, EXPORT)
MOST_CHANGES, MOST_OF_FREE_ACT = 100_000, 10_000  # entries that are kept
_NEWEST = 10_000  # entries that the triggers keep
_PRUNE_EVERY = 100
_MOST_VALUES, _MOST_CHARACTERS = 20, 300  # of an entry's details, and of one of its texts

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_what ON entries (what, id);
CREATE TRIGGER IF NOT EXISTS entries_stay_as_written BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entries_are_not_replaced BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS newest_entries_stay BEFORE DELETE ON entries
    WHEN OLD.id > (SELECT max(id) FROM entries) - 10000
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
_INSERT = "INSERT INTO entries (time, who, address, what, details) VALUES (?, ?, ?, ?, ?)"
_PRUNE = """
DELETE FROM entries WHERE {kind} AND id <= min(
    :number - :newest, (SELECT id FROM entries WHERE {kind} ORDER BY id DESC LIMIT 1 OFFSET :most)
)
"""
_IS_CHANGE = f"what NOT IN ({', '.join(map(repr, FREE_ACTS))})"


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did.

    Args:
        id: grows with each entry.
        time: UTC, ISO 8601.
        who: name of the account; empty where nobody is signed in.
        address: from which it was done; empty for the command line and for what the studio does by itself.
        what: one of `ACTS`, or another word.
        details: JSON values by name.
    """

    id: int
    time: str
    who: str
    address: str
    what: str
    details: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What was done, in the reader's language."""
        return _(ACTS[self.what]) if self.what in ACTS else self.what

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Names and values of the details, in the reader's language."""
        return [
            (_word(name), _word(_text(value)) if name in _CODES else _text(value))
            for name, value in self.details.items()
        ]


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; what is empty does not restrict.

    Args:
        who: name of an account.
        what: what was done.
        since: first day or moment, ISO 8601.
        until: last day or moment.
        text: part of the details, as written.
    """

    who: str = ""
    what: str = ""
    since: str = ""
    until: str = ""
    text: str = ""


class AuditLog:
    """An append-only log in an SQLite file of its own, which several processes write to.

    It keeps the newest 100,000 entries on changes, and the newest 10,000 of each of `FREE_ACTS`: some 75 MB at most.
    Triggers refuse every change of an entry, and the deletion of any of the newest 10,000.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, what: str, /, *, who: str | None = None, address: str | None = None, **details: Any) -> None:
        """Write an entry; where that fails, the log of the studio says so, and the work goes on.

        Args:
            what: one of `ACTS`, or another word.
            who: name of an account; without one, the person of the request.
            address: without one, that of the request.
            details: texts, numbers and lists of them; texts are cleaned and cut to 300 characters, lists to 20 values.
        """
        asked = has_request_context()
        who = who if who is not None else g.get("who", "") if asked else ""
        address = address if address is not None else g.get("address", "") if asked else ""
        values = json.dumps(_cleaned(details), ensure_ascii=False)
        try:
            with opened(self.file, _SCHEMA) as log:
                row = (now(), _clean(who), _clean(address), _clean(what), values)
                number = log.execute(_INSERT, row).lastrowid or 0
                if number % _PRUNE_EVERY == 0:
                    _prune(log, number)
        except StudioError:
            logger.exception("The audit log lacks an entry: %s by %s", what, who)

    def entries(self, wanted: Filter | None = None, *, before: int | None = None, count: int = 100) -> list[Entry]:
        """Return the newest entries that a filter wants, newest first.

        Args:
            wanted: which.
            before: only those with a smaller id, for the next page.
            count: how many at most.

        Raises:
            StudioError: the log cannot be read.
        """
        if not self.file.exists():
            return []
        wanted = wanted or Filter()
        conditions: list[tuple[str, Any]] = [
            ("who = ?", wanted.who),
            ("what = ?", wanted.what),
            ("time >= ?", wanted.since),
            ("time < ?", f"{wanted.until}~" if wanted.until else ""),  # all of the last day: ~ sorts after T and :
            ("instr(details, ?)", wanted.text),
            ("id < ?", before),
        ]
        asked = [(condition, value) for condition, value in conditions if value]
        where = " AND ".join(condition for condition, _value in asked) or "1"
        with opened(self.file, _SCHEMA, reading=True) as log:
            rows = log.execute(
                f"SELECT * FROM entries WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
                (*(value for _condition, value in asked), count),
            )
            return [Entry(**{**row, "details": json.loads(row["details"])}) for row in map(dict, rows)]


def _prune(log: sqlite3.Connection, number: int) -> None:
    """Delete the oldest entries of each kind, beyond its share, when the newest one has a number."""
    values = {"number": number, "newest": _NEWEST}
    log.execute(_PRUNE.format(kind=_IS_CHANGE), {**values, "most": MOST_CHANGES})
    for what in FREE_ACTS:
        log.execute(_PRUNE.format(kind="what = :what"), {**values, "most": MOST_OF_FREE_ACT, "what": what})


def _word(text: str) -> str:
    return _(_WORDS[text]) if text in _WORDS else text


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def to_csv(entries: Iterable[Entry]) -> bytes:
    """Return entries as CSV that Excel reads; no cell becomes a formula."""
    header = ("time", "who", "address", "what", "details")
    rows = ((one.time, one.who, one.address, one.what, json.dumps(one.details, ensure_ascii=False)) for one in entries)
    return table_bytes(".csv", header, rows)


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_clean(str(name)): _cleaned(one) for name, one in list(value.items())[:_MOST_VALUES]}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_cleaned(one) for one in value[:_MOST_VALUES]]
    return value if value is None or isinstance(value, bool | int | float) else _clean(str(value))


def _clean(text: str) -> str:
    return escape_controls(text)[:_MOST_CHARACTERS]
