"""A knowledge base in SQLite or PostgreSQL, with its history."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from faq_component.errors import FaqDataError, SettingsError
from faq_component.knowledge.checking import FaqReport, check_topics, faq_of
from faq_component.knowledge.store import history, tables
from faq_component.knowledge.store.connection import Database
from faq_component.knowledge.store.diff import FaqDiff, diff_contents
from faq_component.knowledge.store.file_form import topic_to_json
from faq_component.knowledge.store.tables import Rows, contents
from faq_component.knowledge.store.types import Edit
from faq_component.knowledge.store.versions import Version, nothing_to_undo, undo_text
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _

logger = logging.getLogger(__name__)


class DatabaseStore:
    """A store in database tables with a history of edits; see docs/guides/database.md.

    Args:
        url: ``sqlite:///faq.db``, ``sqlite:////folder/faq.db`` or ``postgresql://user:password@host/database``.

    Raises:
        SettingsError: the URL does not name a supported database.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._place = self._database.shown

    def stamp(self) -> str:
        """Return a token that changes with every edit, as `FaqStore.stamp`; costs a connection and one query."""
        with self._database.reading() as connection:
            last = self._newest(connection)
        return f"{last.number} {last.fingerprint}"

    def check(self, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
        """Check the tables, as `FaqStore.check`; warn of changes that are not in the history."""
        try:
            with self._database.reading() as connection:
                found = self._require_schema(connection)
                rows, last = tables.read_rows(connection, found), self._newest(connection)
        except FaqDataError as error:
            return FaqReport(None, error.faults, ())
        report = self._check(rows, strict=strict, responses_required=responses_required)
        if report.faq and report.faq.fingerprint != last.fingerprint:
            warning = _(
                "{place}: the tables were changed with SQL after version {number}; "
                "bots do not see it before the next edit"
            ).format(place=self._place, number=last.number)
            return FaqReport(report.faq, report.faults, (*report.warnings, warning))
        return report

    def load(self, *, responses_required: bool = True) -> Faq:
        """Load the tables, as `FaqStore.load`."""
        return faq_of(self.check(responses_required=responses_required))

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Edit the tables, as `FaqStore.edit`; without a change there is no new version."""
        with self._writing() as (connection, before, report):
            after = self._storable(edit(report.checked()))
            self._put(connection, before, after, who=who, what=what)
        return after

    def exists(self) -> bool:
        """Whether the tables exist, as `FaqStore.exists`."""
        if not self._database.may_exist():
            return False
        with self._database.reading() as connection:
            return bool(sa.inspect(connection).has_table(tables.schema.name))

    def create(self, faq: Faq, *, who: str, what: str) -> Faq:
        """Create the tables and an SQLite file, as `FaqStore.create`."""
        created = self._storable(faq)
        rows = tables.rows_of(created, {})
        with self._database.creating() as connection:
            if sa.inspect(connection).has_table(tables.schema.name):
                raise FaqDataError(
                    [
                        _("{place}: there is an FAQ already; choose another place, or edit that one").format(
                            place=self._place
                        )
                    ]
                )
            tables.metadata.create_all(connection)
            connection.execute(sa.insert(tables.schema), {"version": tables.SCHEMA})
            tables.write_rows(connection, {}, rows)
            history.record(connection, {}, rows, fingerprint=created.fingerprint, who=who, what=what)
        return created

    def history(self, *, limit: int | None = None) -> list[Version]:
        """Return the last `limit` versions, or all of them, newest first."""
        with self._database.reading() as connection:
            self._require_schema(connection)
            found = history.versions(connection, limit=limit)
        if not found:
            raise self._database.nothing_there()
        return found

    def diff(self, before: int, after: int) -> FaqDiff:
        """Compare two versions; raises `SettingsError` where one does not exist."""
        with self._database.reading() as connection:
            self._require_schema(connection)
            old, new = (self._rows_at(connection, number) for number in (before, after))
        return diff_contents(contents(old), contents(new))

    def at(self, number: int) -> Faq:
        """Return the knowledge base in a version, as `FaqStore.at`."""
        with self._database.reading() as connection:
            self._require_schema(connection)
            return self._check(self._rows_at(connection, number)).checked()

    def undo(self, *, who: str, to: int | None = None) -> Version | None:
        """Restore a version, by default the one before the newest, as a new version; None where nothing differs.

        So an undo can itself be undone. Works on faulty tables too.

        Raises:
            SettingsError: the version does not exist.
            FaqDataError: that version was faulty.
        """
        with self._writing() as (connection, before, _report):
            last = self._newest(connection)
            if to is None and last.number == 1:
                raise nothing_to_undo(self._place)
            number = last.number - 1 if to is None else to
            after = self._check(self._rows_at(connection, number)).checked()
            return self._put(connection, before, after, who=who, what=undo_text(number))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Rows, FaqReport]]:
        """Open a transaction for an edit and read the tables; changes made with SQL are recorded as a version first."""
        with self._database.writing() as connection:
            tables.migrate(connection, self._require_schema(connection))
            rows = tables.read_rows(connection)
            report = self._check(rows)
            recorded = history.rows_at(connection, self._newest(connection).number)
            if rows != recorded:
                fingerprint = report.faq.fingerprint if report.faq else ""
                history.record(connection, recorded, rows, fingerprint=fingerprint, who="?", what=_("changed with SQL"))
            yield connection, rows, report

    def _put(self, connection: Connection, before: Rows, faq: Faq, *, who: str, what: str) -> Version | None:
        after = tables.rows_of(faq, before)
        if after == before:
            return None
        tables.write_rows(connection, before, after)
        version = history.record(connection, before, after, fingerprint=faq.fingerprint, who=who, what=what)
        logger.info("%s: %s, by %s", self._place, what, who)
        return version

    def _check(self, rows: Rows, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
        topics = [(content["title"], _without_title(content)) for content in contents(rows).values()]
        return check_topics(self._place, topics, strict=strict, responses_required=responses_required)

    def _storable(self, faq: Faq) -> Faq:
        """Check a knowledge base by the rules of files and the limits of databases."""
        topics = [(topic.title, topic_to_json(topic)) for topic in faq.topics]
        checked = check_topics(self._place, topics).checked()
        faults = [
            _("{place}: topic '{title}': holds {found}, which a database cannot; remove it").format(
                place=self._place, title=topic.title, found=found
            )
            for topic in checked.topics
            if (found := _unstorable(topic))
        ]
        if faults:
            raise FaqDataError(faults)
        return checked

    def _rows_at(self, connection: Connection, number: int) -> Rows:
        if not 1 <= number <= self._newest(connection).number:
            raise SettingsError(
                _("{place}: there is no version {number}; `faq history` lists them").format(
                    place=self._place, number=number
                )
            )
        return history.rows_at(connection, number)

    def _newest(self, connection: Connection) -> Version:
        last = history.newest(connection)
        if last is None:
            raise self._database.nothing_there()
        return last

    def _require_schema(self, connection: Connection) -> int:
        row = next(tables.read(connection, tables.schema, sa.select(tables.schema)), None)
        if row is None:
            raise self._database.nothing_there()
        found: int = row["version"]
        if found > tables.SCHEMA:
            raise FaqDataError(
                [
                    _(
                        "{place}: was made by a newer rasa-faq (tables {found}, this one knows {schema}); "
                        "update this one"
                    ).format(place=self._place, found=found, schema=tables.SCHEMA)
                ]
            )
        return found


def _without_title(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "title"}


def _unstorable(topic: Topic) -> str | None:
    texts = [
        topic.title,
        *topic.posts,
        *topic.options.tags,
        *topic.options.negatives,
        *(follow.title for follow in topic.options.follow),
        *(item for item in topic.responses if isinstance(item, str)),
    ]
    return _("the character NUL") if any("\0" in text for text in texts) else None
