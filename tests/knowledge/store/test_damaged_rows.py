"""What somebody writes into the tables past this program: each use of them ends well, or in a sentence."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from faq_component.errors import FaqDataError, SettingsError
from faq_component.knowledge.responses import RichResponse
from faq_component.knowledge.store import tables
from faq_component.knowledge.store.database import DatabaseStore
from faq_component.knowledge.store.files import FileStore
from faq_component.knowledge.topics import Faq, Topic

BEFORE = Faq.of([Topic("a", "话题a", ("甲",), ("好",)), Topic("b", "话题b", ("乙", "丙"), (RichResponse("好"), "行"))])
AFTER = Faq.of([Topic("a", "话题a", ("甲", "丁"), ("好",)), Topic("b", "话题b", ("乙",), (RichResponse("不"),))])
ODD = (
    None,
    b"\xff",
    "",
    "abc",
    -1,
    1.5,
    "null",
    "[1]",
    '{"a": 1}',
    '{"title": 3, "post": 5}',
    '{"post": 5}',
    "[" * 9_000,
)
COLUMNS = [f"{table}.{column.name}" for table in tables.metadata.sorted_tables for column in table.c]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "faq.db"
    store = DatabaseStore(f"sqlite:///{file}")
    store.create(BEFORE, who="小王", what="copied")
    store.edit(lambda _faq: AFTER, who="小王", what="edited")
    return file


def write(file: Path, place: str, value: object) -> bool:
    """Put a value into a column, in all rows or else in one; returns whether the database lets that be."""
    table, column = place.split(".")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        last = f"rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608
        for rows in ("true", last):
            with contextlib.suppress(sqlite3.IntegrityError):
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {rows}", (value,))  # noqa: S608
                connection.commit()
                return True
    return False


USES: list[Callable[[DatabaseStore], object]] = [
    DatabaseStore.stamp,
    DatabaseStore.load,
    DatabaseStore.history,
    lambda store: list(store.diff(1, 2).lines()),
    lambda store: store.at(1),
    lambda store: store.edit(lambda _faq: BEFORE, who="小李", what="edited"),
    lambda store: store.undo(who="小李"),
]


@pytest.mark.parametrize("place", COLUMNS)
def test_odd_values(place: str, made: Path, tmp_path: Path) -> None:
    for number, value in enumerate(ODD):
        file = tmp_path / f"{number}.db"
        shutil.copy(made, file)
        if write(file, place, value):
            store = DatabaseStore(f"sqlite:///{file}")
            store.check()  # which raises for no fault
            for use in USES:
                with contextlib.suppress(FaqDataError, SettingsError):
                    use(store)


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("faq_topic.title", b"\xff", "a row of faq_topic has b'\\xff' as 'title'; mend it with SQL"),
        ("faq_topic.position", "first", "a row of faq_topic has 'first' as 'position'; mend it with SQL"),
        ("faq_topic.options", '{"post": 5}', "a row of faq_topic has {'post': 5} as 'options'; mend it with SQL"),
        ("faq_response.rich", "{", "a row of faq_response cannot be read (Expecting property name"),
        ("faq_version.time", "soon", "a row of faq_version cannot be read (Couldn't parse datetime string"),
        ("faq_schema.version", "new", "a row of faq_schema has 'new' as 'version'; mend it with SQL"),
    ],
)
def test_the_place_and_the_mend_are_named(place: str, value: object, fault: str, made: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(made, tmp_path))
    assert write(file, place, value)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE faq_response SET text = NULL WHERE rich = '{'")
        connection.commit()
    assert fault in DatabaseStore(f"sqlite:///{file}").check().faults[0]


@pytest.mark.parametrize(("place", "value"), [("faq_change.topic", "[1]"), ("faq_version.topics", 2.5)])
def test_an_edit_of_files_goes_on_without_their_damaged_history(
    place: str, value: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileStore(tmp_path / "faq.json")
    store.create(BEFORE, who="小王", what="made")
    store.edit(lambda _faq: AFTER, who="小王", what="edited")
    assert write(tmp_path / ".faq.json.history.sqlite", place, value)
    store.edit(lambda _faq: BEFORE, who="小王", what="edited")
    assert store.load() == BEFORE
    assert "mend it with SQL" in caplog.text
    with pytest.raises(FaqDataError, match="mend it with SQL"):
        store.diff(1, 2)
