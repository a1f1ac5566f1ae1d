"""The accounts of the studio: names, roles, hashes of passwords, and invitations to set one."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from faq_component.errors import StudioError
from faq_component.language import _
from faq_component.studio.access.database import opened
from faq_component.studio.access.passwords import fault_of, hashed, is_outdated, matches
from faq_component.studio.access.roles import Role
from faq_component.text import normal_form
from faq_component.usage.events import now

INVITATION_SECONDS = 24 * 3600.0
LONGEST_NAME = 64  # characters
_LONGEST_WRITTEN = 4 * LONGEST_NAME  # before normalisation, which makes one character of up to four
_KNOWN_ADDRESSES = 10  # of an account

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),
    active INTEGER NOT NULL DEFAULT 1,
    password TEXT NOT NULL DEFAULT '',
    epoch TEXT NOT NULL,
    created TEXT NOT NULL,
    seen TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS invitations (
    digest BLOB PRIMARY KEY,
    key TEXT NOT NULL UNIQUE REFERENCES accounts ON DELETE CASCADE,
    expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS known_addresses (
    key TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    address TEXT NOT NULL,
    time TEXT NOT NULL,
    PRIMARY KEY (key, address)
)
"""
_COLUMNS = "name, role, active, password <> '' AS has_password, epoch, created, seen"


@dataclass(frozen=True)
class Account:
    """A person who may sign in.

    Args:
        name: of the author in the history, and to sign in with.
        role: what the person may do.
        active: whether the person may sign in.
        has_password: False until an invitation has been used, and for those whom only a proxy signs in.
        epoch: changes with the password, and where sessions are ended; sessions of another epoch are over.
        created: UTC, ISO 8601.
        seen: last sign-in; empty before the first.
    """

    name: str
    role: Role
    active: bool
    has_password: bool
    epoch: str
    created: str
    seen: str

    @property
    def key(self) -> str:
        """The name as names are compared: without regard to case and width."""
        return key_of(self.name)


class Accounts:
    """The accounts in an SQLite file, which the studio and the command line use at the same time.

    Every method raises `StudioError`, with a sentence for people, where the file cannot be used, an account does not
    exist, or a change is refused.

    Args:
        file: for its owner alone; made with the first account.
        clock: seconds since 1970.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock

    def all(self) -> list[Account]:
        """Return all accounts by name."""
        if not self.file.exists():
            return []
        with opened(self.file, _SCHEMA, reading=True) as table:
            return [_account(row) for row in table.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY key")]  # noqa: S608

    def find(self, name: str) -> Account | None:
        """Return the account of a name, None where there is none."""
        if not self.file.exists():
            return None
        with opened(self.file, _SCHEMA, reading=True) as table:
            return _find(table, name)

    def can_be_entered(self) -> bool:
        """Whether somebody can sign in with a password."""
        return any(account.active and account.has_password for account in self.all())

    def add(self, name: str, role: Role, password: str = "") -> Account:
        """Add an account; without a password, one that an invitation or a proxy signs in."""
        name = name_of(name)
        stored = _hash(password, name) if password else ""
        with self._writing() as table:
            if _find(table, name):
                raise StudioError(_("There is an account “{name}” already.").format(name=name))
            row = (key_of(name), name, int(role), stored, _epoch(), now())
            table.execute("INSERT INTO accounts (key, name, role, password, epoch, created) VALUES (?,?,?,?,?,?)", row)
            return _of(table, name)

    def remove(self, name: str) -> None:
        """Remove an account and end its sessions; its edits stay in the history."""
        with self._keeping_an_administrator() as table:
            table.execute("DELETE FROM accounts WHERE key = ?", (_of(table, name).key,))

    def set_role(self, name: str, role: Role) -> None:
        """Change a role; it holds at the next request."""
        with self._keeping_an_administrator() as table:
            table.execute("UPDATE accounts SET role = ? WHERE key = ?", (int(role), _of(table, name).key))

    def set_active(self, name: str, active: bool) -> None:
        """Let somebody sign in again, or no more; sessions end."""
        with self._keeping_an_administrator() as table:
            values = (active, _epoch(), _of(table, name).key)
            table.execute("UPDATE accounts SET active = ?, epoch = ? WHERE key = ?", values)

    def end_sessions(self, name: str) -> None:
        """End all sessions of an account."""
        with self._writing() as table:
            table.execute("UPDATE accounts SET epoch = ? WHERE key = ?", (_epoch(), _of(table, name).key))

    def set_password(self, name: str, password: str) -> Account:
        """Set a password; sessions end, an invitation too, and addresses have to become known anew."""
        stored = _hash(password, name)
        with self._writing() as table:
            return _set_password(table, _of(table, name), stored)

    def check(self, name: str, password: str) -> Account | None:
        """Return the account whose name and password these are, in the same time whether or not the name exists."""
        with opened(self.file, _SCHEMA, reading=True) as table:
            row = table.execute("SELECT password FROM accounts WHERE key = ?", (key_of(name),)).fetchone()
        stored = row["password"] if row else ""
        if not matches(password, stored):
            return None
        account = self.find(name)
        if account is None or not account.active:
            return None
        if is_outdated(stored):
            with self._writing() as table:
                table.execute("UPDATE accounts SET password = ? WHERE key = ?", (hashed(password), account.key))
        return account

    def saw(self, account: Account, address: str) -> None:
        """Note that somebody has signed in from an address."""
        with self._writing() as table:
            table.execute("UPDATE accounts SET seen = ? WHERE key = ?", (now(), account.key))
            table.execute("INSERT OR REPLACE INTO known_addresses VALUES (?, ?, ?)", (account.key, address, now()))
            newest = "SELECT address FROM known_addresses WHERE key = ? ORDER BY time DESC LIMIT ?"
            table.execute(
                f"DELETE FROM known_addresses WHERE key = ? AND address NOT IN ({newest})",  # noqa: S608
                (account.key, account.key, _KNOWN_ADDRESSES),
            )

    def is_known(self, name: str, address: str) -> bool:
        """Whether an account has signed in from an address before."""
        query = "SELECT 1 FROM known_addresses WHERE key = ? AND address = ?"
        with opened(self.file, _SCHEMA, reading=True) as table:
            return table.execute(query, (key_of(name), address)).fetchone() is not None

    def invite(self, name: str) -> str:
        """Return a token with which a person may set the password of an account, once and within a day.

        An earlier token of the account is worth nothing from now on; its password stays until a new one is set.
        """
        token = secrets.token_urlsafe(32)
        with self._writing() as table:
            row = (_digest(token), _of(table, name).key, self._clock() + INVITATION_SECONDS)
            table.execute("DELETE FROM invitations WHERE key = ? OR expires < ?", (row[1], self._clock()))
            table.execute("INSERT INTO invitations VALUES (?, ?, ?)", row)
        return token

    def invited(self, token: str) -> Account | None:
        """Return the active account that a valid token is of, else None."""
        if not self.file.exists():
            return None
        with opened(self.file, _SCHEMA, reading=True) as table:
            return self._invited(table, token)

    def accept(self, token: str, password: str) -> Account | None:
        """Set the password of the account that a token is of, and use the token up; None where it is not valid."""
        account = self.invited(token)
        if account is None:
            return None
        stored = _hash(password, account.name)
        with self._writing() as table:
            account = self._invited(table, token)
            return _set_password(table, account, stored) if account else None

    def _invited(self, table: sqlite3.Connection, token: str) -> Account | None:
        valid = "SELECT key FROM invitations WHERE digest = ? AND expires >= ?"
        query = f"SELECT {_COLUMNS} FROM accounts WHERE active AND key = ({valid})"  # noqa: S608
        row = table.execute(query, (_digest(token), self._clock())).fetchone()
        return _account(row) if row else None

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.file, _SCHEMA)

    @contextmanager
    def _keeping_an_administrator(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is refused where it would leave nobody to see to the accounts."""
        with self._writing() as table:
            before = _administrators(table)
            yield table
            if before and not _administrators(table):
                raise StudioError(
                    _("“{name}” is the last administrator; make somebody else one first.").format(name=before[0])
                )


def key_of(name: str) -> str:
    """Return the form in which names are compared; empty, as no account's is, for what is too long to be a name."""
    name = name.strip()
    return "" if len(name) > _LONGEST_WRITTEN else normal_form(name).strip().casefold()


def name_of(text: str) -> str:
    """Return the name that a text is, or raise `StudioError` where it is none."""
    text = text.strip()
    name = text if len(text) > _LONGEST_WRITTEN else normal_form(text).strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or "," in name:
        sentence = _("“{name}” is no name of an account: it takes 1 to {most} characters, without commas.")
        raise StudioError(sentence.format(name=name[:LONGEST_NAME], most=LONGEST_NAME))
    return name


def _administrators(table: sqlite3.Connection) -> list[str]:
    """Return the names of the administrators who can sign in: with a password, or as they have done before."""
    query = "SELECT name FROM accounts WHERE role = ? AND active AND (password <> '' OR seen <> '') ORDER BY key"
    return [row["name"] for row in table.execute(query, (int(Role.ADMINISTRATOR),))]


def _find(table: sqlite3.Connection, name: str) -> Account | None:
    row = table.execute(f"SELECT {_COLUMNS} FROM accounts WHERE key = ?", (key_of(name),)).fetchone()  # noqa: S608
    return _account(row) if row else None


def _of(table: sqlite3.Connection, name: str) -> Account:
    account = _find(table, name)
    if account is None:
        raise StudioError(_("There is no account “{name}”.").format(name=name[:LONGEST_NAME]))
    return account


def _account(row: sqlite3.Row) -> Account:
    values = dict(row)
    flags = {name: bool(values[name]) for name in ("active", "has_password")}
    return Account(**{**values, **flags, "role": Role(values["role"])})


def _set_password(table: sqlite3.Connection, account: Account, stored: str) -> Account:
    table.execute("UPDATE accounts SET password = ?, epoch = ? WHERE key = ?", (stored, _epoch(), account.key))
    table.execute("DELETE FROM invitations WHERE key = ?", (account.key,))
    table.execute("DELETE FROM known_addresses WHERE key = ?", (account.key,))
    return _of(table, account.name)


def _hash(password: str, name: str) -> str:
    if fault := fault_of(password, name):
        raise StudioError(fault)
    return hashed(password)


def _epoch() -> str:
    return secrets.token_hex(8)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
