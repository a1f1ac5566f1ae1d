"""The tables of the conversations that were handed over, in an SQLite file that several processes use at once."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from faq_component.errors import DamagedHandoversError, HandoverStoreError
from faq_component.handover.damage import DamagedRowError, set_aside
from faq_component.language import _
from faq_component.support.files import private_file
from faq_component.support.sqlite_wal import schema_version, set_wal

_VERSION = 2
_BUSY_SECONDS = 10
_NOT_TEXT = "Could not decode to UTF-8"  # SQLite's words of a text whose bytes are none

# A conversation is handed over once at a time. `jobs` are what is still to be sent: to the user ("user"), or by an
# adapter; those of one queue and handover are done one after the other. `waiting_since` is when it was opened, or the
# user's first word after a person's last one.
_SCHEMA = """
CREATE TABLE handovers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    opened REAL NOT NULL,
    last_user REAL NOT NULL,
    last_person REAL NOT NULL DEFAULT 0,
    waiting_since REAL NOT NULL,
    person TEXT NOT NULL DEFAULT '',
    ending TEXT NOT NULL DEFAULT '',
    ended REAL NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX handed_over_once ON handovers (conversation) WHERE state <> 'ended';
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    handover TEXT NOT NULL REFERENCES handovers (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    before INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'sent',
    key TEXT NOT NULL DEFAULT ''
);
CREATE INDEX messages_of ON messages (handover, number);
CREATE UNIQUE INDEX messages_once ON messages (handover, author, key) WHERE key <> '';
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    handover TEXT NOT NULL REFERENCES handovers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    message INTEGER,
    at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next REAL NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    until REAL NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting'
);
CREATE INDEX jobs_waiting ON jobs (queue, handover, number) WHERE state = 'waiting';
CREATE INDEX jobs_of ON jobs (handover);
CREATE TABLE channels (name TEXT NOT NULL, process TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (name, process));
CREATE TABLE places (
    channel TEXT NOT NULL, conversation TEXT NOT NULL, place TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (channel, conversation)
);
"""
# Of version 2: wishes for a person that a bound has refused, the key under which addresses are counted, and rows that
# were damaged.
_ADDED = """
CREATE TABLE refused (bound TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (bound, hour));
CREATE TABLE secret AS SELECT hex(randomblob(16)) AS key;
CREATE TABLE damaged (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, content TEXT NOT NULL, at REAL NOT NULL
);
"""


@contextlib.contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the file, which is created for its owner alone where it is missing.

    Raises:
        HandoverStoreError: it cannot be used, or what is done with it fails.
    """
    try:
        private_file(file)
        with contextlib.closing(sqlite3.connect(file, _BUSY_SECONDS, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            _prepare(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            try:
                yield connection
            except (DamagedRowError, sqlite3.OperationalError) as error:
                if isinstance(error, sqlite3.OperationalError) and _NOT_TEXT not in str(error):
                    raise
                set_aside(connection, file)
                raise DamagedHandoversError(
                    _("{file} had damaged rows, which were set aside in its table 'damaged'").format(file=file)
                ) from error
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        fault = _(
            "{file} keeps the conversations handed over and cannot be used ({reason}); check the file and the disk"
        )
        raise HandoverStoreError(fault.format(file=file, reason=reason)) from error


@contextlib.contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction: all of it is written, or nothing."""
    with opened(file) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # SQLite itself rolls back where the disk is full
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _prepare(connection: sqlite3.Connection) -> None:
    version = schema_version(connection, _VERSION)
    if version == _VERSION:
        return
    set_wal(connection, _BUSY_SECONDS)
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
    statements = [] if version == _VERSION else _ADDED.split(";")
    if version == 0:
        statements = [*_SCHEMA.split(";"), *statements]
    elif version == 1:
        statements = ["ALTER TABLE handovers ADD COLUMN source TEXT NOT NULL DEFAULT ''", *statements]
    for statement in statements:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")
