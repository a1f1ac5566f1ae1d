"""The SQLite files of the studio's accounts and of its audit log."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from faq_component.errors import StudioError
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.support.files import private_file
from faq_component.support.sqlite_wal import schema_version

_BUSY_SECONDS = 10
_VERSION = 1


def studio_file(settings: Settings, name: str) -> Path:
    """Return a file of the studio in the settings' `cache_dir`."""
    return Path(settings.cache_dir) / "studio" / name


@contextlib.contextmanager
def opened(file: Path, schema: str, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a database for one transaction: all that is written is kept, or nothing.

    It is made where it is missing, for this user alone (0600, folders 0700).

    Args:
        file: the database.
        schema: statements that create what is missing.
        reading: nothing is written, so that nobody waits.

    Raises:
        StudioError: it cannot be used.
    """
    try:
        private_file(file)
        with contextlib.closing(sqlite3.connect(file, _BUSY_SECONDS, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            if schema_version(connection, _VERSION) < _VERSION:
                connection.executescript(f"{schema}; PRAGMA user_version = {_VERSION};")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        sentence = _("{file} belongs to the studio and cannot be used ({reason}); check the file and the disk")
        raise StudioError(sentence.format(file=file, reason=reason)) from error
