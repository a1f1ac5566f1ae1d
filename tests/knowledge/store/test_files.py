"""Edits of files: whole or not at all, none lost, whatever happens meanwhile."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.files import JOURNAL
from faq_component.knowledge.store import FaqStore, FileStore
from faq_component.knowledge.topics import Faq
from tests.support.damage import damaged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path)


def write_files(folder: Path) -> Path:
    """Three topics in two files; two have an id."""
    a = {"甲": {"post": ["甲一", "甲二"], "resp": ["甲答"]}, "乙": {"id": "b", "post": ["乙一"], "resp": ["乙答"]}}
    c = {"丙": {"id": "c", "post": ["丙一"], "resp": ["丙答", {"text": "丙图", "image": "x"}]}}
    for name, content in {"a.json": a, "c.json": c}.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder


def change(store: FaqStore, **posts: str) -> Faq:
    """Add a post to topics."""

    def edit(faq: Faq) -> Faq:
        topics = (replace(t, posts=(*t.posts, posts[t.id])) if t.id in posts else t for t in faq.topics)
        return Faq.of(topics)

    return store.edit(edit, who="test", what="add posts")


def test_an_edit_rewrites_only_what_it_changes(folder: Path) -> None:
    before = (folder / "c.json").read_bytes()
    faq = change(FileStore(folder), b="乙二")
    assert faq == load_faq(folder)
    assert faq.by_id["b"].posts == ("乙一", "乙二")
    assert (folder / "c.json").read_bytes() == before
    written = json.loads((folder / "a.json").read_text("utf-8"))
    assert written["甲"] == {"post": ["甲一", "甲二"], "resp": ["甲答"]}  # as it was, without an id


def test_the_last_topic_of_a_file_can_go(folder: Path) -> None:
    faq = FileStore(folder).edit(lambda faq: Faq.of(faq.topics[:2]), who="test", what="remove")
    assert len(faq.topics) == 2
    assert json.loads((folder / "c.json").read_text("utf-8")) == {}


def test_a_faulty_faq_is_not_edited(folder: Path) -> None:
    (folder / "c.json").write_text("{", "utf-8")
    with pytest.raises(FaqDataError, match="not JSON"):
        change(FileStore(folder), b="乙二")


def write_without_end(folder: Path, name: str) -> None:
    for number in count():
        change(FileStore(folder), **dict.fromkeys([load_faq(folder).topics[0].id, "b", "c"], f"{name}{number}"))


@pytest.mark.parametrize("kills", [80, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_old_faq_or_the_new_one_is_left(kills: int, folder: Path) -> None:
    """kill -9 at many random moments of a run of edits of two files each."""

    def written() -> list[list[str]]:
        return [[post for post in topic.posts if post.startswith("k")] for topic in load_faq(folder).topics]

    draw = random.Random(0)
    for kill in range(kills):
        process = get_context("fork").Process(target=write_without_end, args=(folder, f"k{kill}-"))
        process.start()
        time.sleep(draw.random() * 0.03 * (1 + 4 * kill / kills))
        while kill == kills - 1 and not written()[0] and process.is_alive():  # however busy the machine is
            time.sleep(0.01)
        process.kill()
        process.join()
        assert written()[0] == written()[1] == written()[2]
    assert written()[0]
    change(FileStore(folder), b="乙二")
    assert {file.name for file in folder.iterdir()} == {"a.json", "c.json", ".edit.lock", ".history.sqlite"}


def test_created_files_hold_the_ids(tmp_path: Path) -> None:
    faq = load_faq(write_files(tmp_path))
    for place, file in (("new.json", "new.json"), ("new", "new/faq.json")):
        store = FileStore(tmp_path / "made" / place)
        assert not store.exists()
        assert store.create(faq, who="test", what="copy") == faq == load_faq(tmp_path / "made" / place)
        assert json.loads((tmp_path / "made" / file).read_text("utf-8"))["甲"]["id"] == faq.topics[0].id
    with pytest.raises(FaqDataError, match=r"new\.txt: a file of an FAQ ends with \.json"):
        FileStore(tmp_path / "new.txt").create(faq, who="test", what="copy")


def test_an_edit_by_hand_after_a_crash_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(faq: Faq) -> Faq:
        return Faq.of(replace(topic, posts=(*topic.posts, "新")) for topic in faq.topics)

    import faq_component.knowledge.files as files

    def crash(path: Path, data: bytes) -> None:
        if path.name != JOURNAL:
            raise KeyboardInterrupt
        path.write_bytes(data)

    monkeypatch.setattr(files, "write_atomically", crash)
    with pytest.raises(KeyboardInterrupt):
        FileStore(folder).edit(edit, who="test", what="two files")
    monkeypatch.undo()
    assert all("新" in topic.posts for topic in load_faq(folder).topics)
    (folder / "c.json").write_text(json.dumps({"丁": {"id": "d", "post": ["丁一"], "resp": ["答"]}}), "utf-8")
    assert [topic.id for topic in load_faq(folder).topics][1:] == ["b", "d"]
    change(FileStore(folder), b="乙二")
    assert load_faq(folder).by_id["b"].posts == ("乙一", "新", "乙二")
    assert not (folder / JOURNAL).exists()


def test_a_damaged_journal_is_one_fault_with_a_way_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import faq_component.knowledge.files as files

    before = {file: file.read_bytes() for file in folder.glob("*.json")}
    monkeypatch.setattr(files, "write_atomically", _only_journal)
    with pytest.raises(KeyboardInterrupt):
        FileStore(folder).edit(
            lambda faq: Faq.of(replace(each, posts=(*each.posts, "新")) for each in faq.topics), who="", what=""
        )
    monkeypatch.undo()
    journal = folder / JOURNAL
    for content in damaged(journal.read_bytes(), 60):
        journal.write_bytes(content)
        reads: list[Callable[[], object]] = [lambda: load_faq(folder), lambda: change(FileStore(folder), a="新")]
        for read in reads:
            with pytest.raises(
                FaqDataError, match="is damaged, and the edit that it holds may be done in part"
            ) as raised:
                read()
            assert str(journal) in raised.value.faults[-1]
        assert {file: file.read_bytes() for file in before} == before
    journal.unlink()
    assert "新" not in str(load_faq(folder).topics)


def _only_journal(path: Path, data: bytes) -> None:
    if path.name != JOURNAL:
        raise KeyboardInterrupt
    path.write_bytes(data)
