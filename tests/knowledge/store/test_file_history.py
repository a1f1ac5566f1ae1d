"""The history of files: beside them, over edits by hand, and never in the way of an edit."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import FaqDataError, SettingsError
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.files import replace_files
from faq_component.knowledge.store import FileStore
from faq_component.knowledge.topics import Faq
from tests.knowledge.store.test_files import change, write_files


@pytest.fixture(params=["folder", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "faq").mkdir()
    folder = write_files(tmp_path / "faq")
    if request.param == "folder":
        return folder
    file = tmp_path / "one.json"
    FileStore(file).create(load_faq(folder), who="test", what="copy")
    return file


def test_each_edit_is_a_version_that_can_be_brought_back(path: Path) -> None:
    store, first = FileStore(path), load_faq(path)
    change(store, b="乙二")
    change(store, c="丙二")
    versions = store.history()
    assert [(one.number, one.topics, one.posts) for one in versions] == [
        (3, 1, 1),
        (2, 1, 1),
        (1, 3, versions[2].posts),
    ]
    assert store.at(1) == first
    assert [topic.id for topic in store.diff(1, 3).topics] == ["b", "c"]
    undone = store.undo(who="li")
    assert undone is not None
    assert (undone.number, undone.who) == (4, "li")
    assert store.load() == store.at(2)
    assert store.undo(who="li", to=1) is not None
    assert store.load() == first
    assert store.undo(who="li", to=1) is None
    with pytest.raises(SettingsError, match="there is no version 9"):
        store.undo(who="li", to=9)
    assert [one.number for one in store.history(limit=2)] == [5, 4]


def test_an_edit_by_hand_is_a_version_too(path: Path) -> None:
    store = FileStore(path)
    change(store, b="乙二")
    file = path if path.is_file() else path / "a.json"
    content = json.loads(file.read_text("utf-8"))
    title = next(iter(content))
    content[title]["post"] = ["手改的问法"]
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    by_hand = load_faq(path)
    change(store, c="丙二")
    assert [one.what for one in store.history()][1] == "changed in the files"
    assert store.at(3) == by_hand
    file.write_text(json.dumps({**content, title: {**content[title], "post": ["又改了"]}}, ensure_ascii=False), "utf-8")
    assert [one.what for one in store.history(limit=1)] == ["changed in the files"]


def test_two_files_of_a_folder_have_two_histories(tmp_path: Path) -> None:
    (tmp_path / "faq").mkdir()
    faq = load_faq(write_files(tmp_path / "faq"))
    for name in ("one.json", "two.json"):
        FileStore(tmp_path / name).create(faq, who="test", what="copy")
    change(FileStore(tmp_path / "one.json"), b="乙二")
    assert len(FileStore(tmp_path / "one.json").history()) == 2
    assert len(FileStore(tmp_path / "two.json").history()) == 1


def test_an_edit_that_changes_nothing_is_no_version(path: Path) -> None:
    store = FileStore(path)
    change(store, b="乙二")
    store.edit(lambda faq: faq, who="li", what="nothing")
    assert len(store.history()) == 2


def test_a_history_that_cannot_be_written_stops_no_edit(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = FileStore(path)
    change(store, b="乙二")
    (history,) = (path if path.is_dir() else path.parent).glob(".*history.sqlite")
    history.write_bytes(b"no database at all" * 100)
    with caplog.at_level(logging.WARNING):
        change(store, c="丙二")
    assert any("丙二" in post for topic in store.load().topics for post in topic.posts)
    assert "is no SQLite database" in caplog.text
    with pytest.raises(FaqDataError, match="is no SQLite database"):
        store.history()


def test_an_edit_that_fails_is_not_recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(path)
    change(store, b="乙二")

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("faq_component.knowledge.store.files.replace_files", full)
        with pytest.raises(FaqDataError, match="No space left"):
            change(store, c="丙二")
    assert len(store.history()) == 2


def test_a_kill_between_files_and_history_loses_no_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(path)
    change(store, b="乙二")

    class KilledError(BaseException):
        pass

    def killed(*given: Any) -> None:
        replace_files(*given)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("faq_component.knowledge.store.files.replace_files", killed)
        with pytest.raises(KilledError):
            change(store, c="丙二")
    after = load_faq(path)
    assert [one.what for one in store.history(limit=1)] == ["changed in the files"]
    assert store.at(3) == after


def test_the_history_is_a_file_of_sqlite_with_the_tables_of_a_database(path: Path) -> None:
    store = FileStore(path)
    edited = store.load().by_id["b"]
    store.edit(
        lambda faq: Faq.of(replace(edited, posts=("x",)) if one.id == "b" else one for one in faq.topics),
        who="li",
        what="x",
    )
    (history,) = (path if path.is_dir() else path.parent).glob(".*history.sqlite")
    with sqlite3.connect(history) as connection:
        assert connection.execute("SELECT who, what FROM faq_version WHERE number = 2").fetchone() == ("li", "x")
