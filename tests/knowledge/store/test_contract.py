"""What every store does: files, SQLite and PostgreSQL."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options, Validity
from faq_component.knowledge.responses import RichResponse
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq, Topic
from tests.knowledge.store.test_files import change, write_files

NEW = Topic("new", "新的", ("新问题",), ("新回答",))
BUTTON = {"title": "好", "payload": "/ok", "z": 1, "a": [1.5, None, {"深": "层"}]}
RICH = RichResponse("图", buttons=(BUTTON,), conditions=({"type": "slot", "name": "vip", "value": True},))


@pytest.fixture(params=["files", "sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where no knowledge base is yet."""
    if request.param == "files":
        return str(tmp_path / "empty")
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/faq.db"
    url: str = request.getfixturevalue("postgres").new_schema()
    return url


@pytest.fixture
def place(empty: str, tmp_path: Path) -> str:
    """A place with three topics."""
    (tmp_path / "source").mkdir()
    open_store(empty).create(load_faq(write_files(tmp_path / "source")), who="test", what="fill")
    return empty


def test_what_was_created_is_loaded(empty: str, tmp_path: Path) -> None:
    options = Options(
        ("售后", "金卡"),
        enabled=False,
        valid=Validity("2026-11-01", "2026-11-02T00:00+08:00"),
        related=("b",),
        follow=(Follow("c", "看丙"), Follow("b")),
        negatives=("不是它",),
        recommend=True,
        handoff=True,
    )
    faq = Faq.of([*load_faq(write_files(tmp_path)).topics, replace(NEW, responses=("答", RICH), options=options)])
    store = open_store(empty)
    assert not store.exists()
    assert store.create(faq, who="test", what="fill") == faq
    assert store.exists()
    assert store.load() == faq
    assert store.load().fingerprint == faq.fingerprint


def test_a_topic_that_another_leads_on_to_does_not_go_alone(place: str) -> None:
    store = open_store(place)

    def lead(faq: Faq) -> Faq:
        led = replace(faq.by_id["b"], options=Options(related=("c",)))
        return Faq.of(led if topic.id == "b" else topic for topic in faq.topics)

    before = store.edit(lead, who="test", what="lead")
    assert store.load() == before
    with pytest.raises(FaqDataError, match=r"related\[0\] is 'c', which no topic has as its id"):
        store.edit(lambda faq: faq.without({"c"}), who="test", what="remove")
    assert store.load() == before


def test_what_is_there_is_not_created_again(place: str) -> None:
    before = open_store(place).load()
    with pytest.raises(FaqDataError, match="there is an FAQ already"):
        open_store(place).create(Faq.of([NEW]), who="test", what="again")
    assert open_store(place).load() == before


def test_of_two_who_create_at_once_one_wins(empty: str) -> None:
    def create(number: int) -> str:
        try:
            open_store(empty).create(Faq.of([replace(NEW, posts=(str(number),))]), who="test", what="fill")
        except FaqDataError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(create, range(4)))
    assert errors.count("") == 1
    assert sum("there is an FAQ already" in error for error in errors) == 3
    assert open_store(empty).load().topics[0].posts == (str(errors.index("")),)


def test_topics_are_added_renamed_moved_and_removed(place: str) -> None:
    store = open_store(place)
    jia, yi, bing = store.load().topics
    after = Faq.of([bing, NEW, replace(jia, title="甲的新名")])
    assert store.edit(lambda _: after, who="test", what="several") == after
    assert store.load() == after
    assert store.edit(lambda _: Faq.of([yi]), who="test", what="more").topics == (yi,)


FAULTY = {
    "no topic": [],
    "no post": [replace(NEW, posts=())],
    "empty post": [replace(NEW, posts=(" ",))],
    "no response": [replace(NEW, responses=())],
    "same title": [NEW, replace(NEW, id="other")],
    "wrong id": [replace(NEW, id="utter_x")],
    "half a character": [replace(NEW, posts=("\ud800",))],
    "unknown button": [replace(NEW, responses=(RichResponse(buttons=({"title": "x"},)),))],
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_edit_changes_nothing(fault: str, place: str) -> None:
    store = open_store(place)
    before, stamp = store.load(), store.stamp()
    with pytest.raises(FaqDataError) as caught:
        store.edit(lambda _: Faq.of(FAULTY[fault]), who="test", what="break it")
    assert caught.value.faults
    assert (store.load(), store.stamp()) == (before, stamp)


def test_an_edit_that_raises_changes_nothing(place: str) -> None:
    store = open_store(place)
    before, stamp = store.load(), store.stamp()
    with pytest.raises(ZeroDivisionError):
        store.edit(lambda faq: Faq.of(faq.topics[: 1 // 0]), who="test", what="break it")
    assert (store.load(), store.stamp()) == (before, stamp)


def test_the_stamp_differs_after_an_edit(place: str) -> None:
    store = open_store(place)
    first = store.stamp()
    assert open_store(place).stamp() == first
    change(store, b="乙二")
    assert store.stamp() != first


def test_a_post_in_two_topics_is_a_warning(place: str) -> None:
    store = open_store(place)
    change(store, b="丙一")
    report = store.check()
    assert (report.faults, len(report.warnings)) == ((), 1)
    assert len(store.check(strict=True).faults) == 1


WRITER = """
import sys
from dataclasses import replace
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
store, name = open_store(sys.argv[1]), sys.argv[2]
for number in range(int(sys.argv[3])):
    def edit(faq):
        return Faq.of(replace(topic, posts=(*topic.posts, f"{name}{number}")) for topic in faq.topics)
    store.edit(edit, who=name, what="add")
"""


def test_two_writers_lose_no_edit_and_readers_see_whole_ones(place: str) -> None:
    command = [sys.executable, "-c", WRITER, place]
    writers = [subprocess.Popen([*command, name, "15"]) for name in ("x", "y")]
    store = open_store(place)
    while any(process.poll() is None for process in writers):
        added = [{post for post in topic.posts if post[0] in "xy"} for topic in store.load().topics]
        assert added[0] == added[1] == added[2]
    assert [process.wait() for process in writers] == [0, 0]
    for topic in store.load().topics:
        assert {f"{name}{number}" for name in "xy" for number in range(15)} <= set(topic.posts)


def write_without_end(place: str, name: str) -> None:
    for number in count():
        store = open_store(place)
        change(store, **{topic.id: f"{name}{number}" for topic in store.load().topics})


def written(place: str) -> list[tuple[str, ...]]:
    """What a run of edits has written to each topic."""
    return [tuple(post for post in topic.posts if post.startswith("k")) for topic in open_store(place).load().topics]


def test_killed_at_any_moment_the_old_faq_or_the_new_one_is_left(place: str) -> None:
    """kill -9 at 20 random moments of a run of edits of all topics, and once when there was an edit."""
    draw, before = random.Random(0), written(place)[0]
    for kill in range(20):
        process = get_context("fork").Process(target=write_without_end, args=(place, f"k{kill}-"))
        process.start()
        time.sleep(draw.random() * 0.2)
        process.kill()
        process.join()
        assert len(set(written(place))) == 1
    process = get_context("fork").Process(target=write_without_end, args=(place, "k-"))
    process.start()
    while written(place)[0] == before and process.is_alive():  # a busy machine may have kept all twenty from it
        time.sleep(0.01)
    process.kill()
    process.join()
    assert written(place)[0]
    assert len(set(written(place))) == 1
    assert "乙二" in change(open_store(place), b="乙二").by_id["b"].posts
