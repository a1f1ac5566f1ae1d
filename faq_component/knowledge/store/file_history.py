"""The history of a knowledge base in files: an SQLite file beside them, with the tables of a database's history."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from faq_component.errors import FaqDataError, SettingsError
from faq_component.knowledge.checking import check_topics
from faq_component.knowledge.files import folder_of
from faq_component.knowledge.store import history, tables
from faq_component.knowledge.store.connection import Database
from faq_component.knowledge.store.diff import FaqDiff, diff_contents
from faq_component.knowledge.store.tables import Rows, contents
from faq_component.knowledge.store.versions import Version
from faq_component.knowledge.topics import Faq
from faq_component.language import _

logger = logging.getLogger(__name__)

_TABLES = (tables.version, tables.change)


class FileHistory:
    """The versions of files; whoever records one holds the lock of the files.

    Files can be edited without it, by hand or with git: the next edit records such a state as a version of its own
    first. A history that cannot be written stops no edit; the log says so.

    Args:
        path: the file or folder of the knowledge base.
    """

    def __init__(self, path: Path) -> None:
        self._place = path
        name = ".history.sqlite" if path.is_dir() or path.suffix != ".json" else f".{path.name}.history.sqlite"
        self._database = Database(f"sqlite:///{folder_of(path) / name}")

    @contextlib.contextmanager
    def recorded(self, before: Faq, after: Faq, *, who: str, what: str) -> Iterator[None]:
        """Record an edit that is made within: where that fails, nothing is recorded."""
        is_begun = is_made = False
        try:
            with self._writing(before) as connection:
                rows = self._newest_rows(connection)
                new = tables.rows_of(after, rows)
                history.record(connection, rows, new, fingerprint=after.fingerprint, who=who, what=what)
                is_begun = True
                yield
                is_made = True
        except FaqDataError as error:
            if is_begun and not is_made:  # the edit has failed, not its record
                raise
            logger.warning("%s", error.faults[0])
        if not is_begun:
            yield

    def versions(self, now: Faq | None, *, limit: int | None = None) -> list[Version]:
        """Return the last `limit` versions, or all of them, newest first.

        Args:
            now: the files as they are, recorded where they have been edited past the history; None where faulty.
            limit: how many.

        Raises:
            FaqDataError: there is no history yet, or it cannot be read.
        """
        if now is not None:
            with contextlib.suppress(FaqDataError), self._writing(now):
                pass
        self._require()
        with self._database.reading() as connection:
            return history.versions(connection, limit=limit)

    def diff(self, before: int, after: int) -> FaqDiff:
        """Compare two versions; raises `SettingsError` where one does not exist."""
        self._require()
        with self._database.reading() as connection:
            old, new = (self._contents_at(connection, number) for number in (before, after))
        return diff_contents(old, new)

    def at(self, number: int) -> Faq:
        """Return the knowledge base in a version.

        Raises:
            SettingsError: the version does not exist.
            FaqDataError: that version is faulty by the rules of today.
        """
        self._require()
        with self._database.reading() as connection:
            content = self._contents_at(connection, number)
        topics = [
            (one["title"], {key: value for key, value in one.items() if key != "title"}) for one in content.values()
        ]
        return check_topics(str(self._place), topics).checked()

    @contextlib.contextmanager
    def _writing(self, now: Faq) -> Iterator[Connection]:
        """Open a transaction; the files as they are become a version first, unless they are the newest one."""
        with self._database.creating() as connection:
            tables.metadata.create_all(connection, tables=list(_TABLES))
            last = history.newest(connection)
            if last is None or last.fingerprint != now.fingerprint:
                what = _("changed in the files") if last else _("as it was found")
                before = self._newest_rows(connection)
                rows = tables.rows_of(now, before)
                history.record(connection, before, rows, fingerprint=now.fingerprint, who="?", what=what)
            yield connection

    def _newest_rows(self, connection: Connection) -> Rows:
        last = history.newest(connection)
        return history.rows_at(connection, last.number) if last else {}

    def _contents_at(self, connection: Connection, number: int) -> dict[str, dict[str, Any]]:
        last = history.newest(connection)
        if last is None or not 1 <= number <= last.number:
            raise SettingsError(
                _("{place}: there is no version {number}; `faq history` lists them").format(
                    place=self._place, number=number
                )
            )
        return contents(history.rows_at(connection, number))

    def _require(self) -> None:
        if not self._database.may_exist():
            raise FaqDataError(
                [_("{place}: has no history yet; it begins with the first edit").format(place=self._place)]
            )
