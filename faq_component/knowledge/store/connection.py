"""Connections to SQLite and PostgreSQL: URLs, transactions, and errors as sentences without passwords."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from faq_component.errors import FaqDataError, MissingExtraError, SettingsError
from faq_component.knowledge.store.places import shown
from faq_component.language import N_, _

WAIT_SECONDS = 30
_CONNECT_SECONDS = 10
_LOCK = int.from_bytes(b"faq", "big")
_FORMS = N_("write sqlite:///faq.db, sqlite:////folder/faq.db or postgresql://user@host/database")
# SQLSTATE of PostgreSQL
_NO_TABLE, _LOCK_TIMEOUT, _NO_PRIVILEGE = "42P01", "55P03", "42501"


class RowError(ValueError):
    """A table holds what this program never writes there: SQLite keeps any value in any column."""


class Database:
    """A database with a new connection for each transaction, so that forks and server restarts do no harm.

    Raises:
        SettingsError: the URL does not name a supported database.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """

    def __init__(self, place: str) -> None:
        self.shown = shown(place)
        url = _url(place, self.shown)
        options: dict[str, Any] = {}
        self._file: Path | None = None
        if url.get_backend_name() == "sqlite":
            self._file = Path(url.database or "")
            options["creator"] = partial(_open_file, self._file)
        else:
            url = url.update_query_dict({"connect_timeout": str(_CONNECT_SECONDS), **url.query})
        try:
            self._engine = create_engine(
                url,
                future=True,
                poolclass=NullPool,
                hide_parameters=True,
                json_serializer=partial(json.dumps, ensure_ascii=False),
                **options,
            )
        except ModuleNotFoundError as error:
            if error.name != "psycopg2":
                raise
            raise MissingExtraError("psycopg2", "postgresql") from error
        if self._file is not None:
            event.listen(self._engine, "begin", _begin_sqlite)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read transaction with one consistent snapshot; raises `FaqDataError` where the database fails."""
        with self._translated(), self._engine.connect() as connection:
            if self._file is None:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a write transaction, for which other writers wait.

        Raises:
            FaqDataError: the database cannot be written, or others locked it for `WAIT_SECONDS`.
        """
        with self._translated(), self._engine.connect() as connection:
            if self._file is None:
                # Each statement sees everything committed before it, so reads after the lock see the newest state.
                connection = connection.execution_options(isolation_level="READ COMMITTED")
            with connection.execution_options(faq_immediate=True).begin():
                if self._file is None:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                yield connection

    @contextlib.contextmanager
    def creating(self) -> Iterator[Connection]:
        """Open a write transaction; create a missing SQLite file, readable by its owner only."""
        if self._file is None:
            with self.writing() as connection:
                yield connection
            return
        made = _make_file(self._file, self.shown)
        try:
            with self.writing() as connection:
                yield connection
        finally:
            if made and not self._file.stat().st_size:
                self._file.unlink()

    def may_exist(self) -> bool:
        """Whether the database may exist: for SQLite whether the file exists, for a server always."""
        return self._file is None or self._file.exists()

    def nothing_there(self) -> FaqDataError:
        """Make the error for a database without an FAQ."""
        return FaqDataError(
            [_("{place}: holds no FAQ; fill it with `faq copy data/faq {place}`").format(place=self.shown)]
        )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._explained(error) from error
        except RowError as error:
            raise FaqDataError(
                [_("{place}: {fault}; mend it with SQL").format(place=self.shown, fault=error)]
            ) from error

    def _explained(self, error: SQLAlchemyError) -> FaqDataError:
        cause = getattr(error, "orig", None) or error
        state, said = getattr(cause, "pgcode", None), " ".join(str(cause).split())
        if state == _NO_TABLE or "no such table" in said or (self._file and not self._file.exists()):
            return self.nothing_there()
        if state == _LOCK_TIMEOUT or "database is locked" in said:
            mend = _("another program has been writing for {seconds} seconds; end it, or try again").format(
                seconds=WAIT_SECONDS
            )
        elif state == _NO_PRIVILEGE or "readonly database" in said:
            mend = _("cannot be written: {reason}; give this user the permission").format(reason=said)
        elif "not a database" in said:
            mend = _("is no SQLite database; choose another file")
        else:
            mend = _("cannot be used: {reason}; check that it runs, and the setting 'faq'").format(reason=said)
        return FaqDataError([f"{self.shown}: {mend}"])


def _url(place: str, place_shown: str) -> URL:
    try:
        url = make_url(place)
        backend, driver = url.get_backend_name(), url.drivername.partition("+")[2]
    except (ArgumentError, ValueError):
        raise SettingsError(
            _("'{place}' is not the URL of a database; {forms}").format(place=place_shown, forms=_(_FORMS))
        ) from None
    if (backend, driver) not in {
        ("sqlite", ""),
        ("sqlite", "pysqlite"),
        ("postgresql", ""),
        ("postgresql", "psycopg2"),
    }:
        raise SettingsError(
            _("'{place}': no database of this kind is supported; {forms}").format(place=place_shown, forms=_(_FORMS))
        )
    if backend == "sqlite" and (url.host or not url.database or url.database == ":memory:" or url.query):
        raise SettingsError(
            _("'{place}' must name a file and nothing more; {forms}").format(place=place_shown, forms=_(_FORMS))
        )
    if backend == "postgresql" and (not url.database or "@" in (url.host or "")):
        message = _("'{place}' names no host; {mend}")
        mend = _("write %40 for an @ in the password")
        if not url.database:
            message, mend = _("'{place}' names no database; {mend}"), _(_FORMS)
        raise SettingsError(message.format(place=place_shown, mend=mend))
    return url


def _open_file(file: Path) -> sqlite3.Connection:
    """Open an existing SQLite file; unlike `sqlite3.connect(file)`, never create one."""
    name = f"file:{quote(str(file.absolute()))}?mode=rw"
    return sqlite3.connect(name, uri=True, timeout=WAIT_SECONDS, isolation_level=None)


def _make_file(file: Path, place_shown: str) -> bool:
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise FaqDataError(
            [_("{place}: cannot be made: {reason}").format(place=place_shown, reason=error.strerror)]
        ) from error
    return True


def _begin_sqlite(connection: Connection) -> None:
    """Begin the transaction at once; the driver would begin it only at the first write."""
    immediate = connection.get_execution_options().get("faq_immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
