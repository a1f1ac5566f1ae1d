"""The history of a database, and undo: SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq_component.errors import FaqDataError, SettingsError
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options
from faq_component.knowledge.store.database import DatabaseStore
from faq_component.knowledge.topics import Faq, Topic

FAQ = Faq.of(Topic(name, f"话题{name}", (f"{name}一", f"{name}二"), (f"{name}答",)) for name in "abc")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/faq.db"
    new: str = request.getfixturevalue("postgres").new_schema()
    return new


@pytest.fixture
def store(url: str) -> DatabaseStore:
    store = DatabaseStore(url)
    store.create(FAQ, who="小王", what="copied")
    return store


@pytest.fixture
def execute(url: str, store: DatabaseStore) -> Callable[[str], None]:
    """Runs SQL past the store."""

    def run(statement: str) -> None:
        connect = (
            (lambda: sqlite3.connect(url[len("sqlite:///") :])) if "sqlite" in url else lambda: psycopg2.connect(url)
        )
        with closing(connect()) as connection:
            connection.cursor().execute(statement)
            connection.commit()

    return run


def put(store: DatabaseStore, *topics: Topic, who: str = "小李", what: str = "edit") -> Faq:
    """The topics, as an edit."""
    return store.edit(lambda _: Faq.of(topics), who=who, what=what)


def test_a_version_says_who_did_what_when(store: DatabaseStore) -> None:
    a, _, c = FAQ.topics
    put(store, a, replace(c, posts=("c三",), responses=("新",)), Topic("d", "丁", ("d",), ("r",)), what="晚安\0 '改'")
    newest, first = store.history()
    assert (first.number, first.who, first.what) == (1, "小王", "copied")
    assert (first.topics, first.posts, first.responses) == (3, 6, 3)
    assert (newest.number, newest.who, newest.what) == (2, "小李", "晚安 '改'")
    assert (newest.topics, newest.posts, newest.responses) == (3, 2 + 2 + 1, 1 + 1 + 1)
    assert newest.fingerprint == store.load().fingerprint
    assert timedelta(0) <= datetime.now(timezone.utc) - newest.time < timedelta(minutes=5)
    assert newest.time.tzinfo == timezone.utc
    assert store.history(limit=1) == [newest]


def test_without_a_change_there_is_no_new_version(store: DatabaseStore) -> None:
    put(store, *FAQ.topics)
    assert len(store.history()) == 1


def test_undo_and_undo_of_the_undo(store: DatabaseStore) -> None:
    a, _, c = FAQ.topics
    edited = put(store, c, replace(a, title="甲", posts=("新",)))
    done = store.undo(who="小王")
    assert store.load() == FAQ
    assert done
    assert (done.number, done.who, done.what, done.topics) == (3, "小王", "undo, back to version 1", 2)
    store.undo(who="小王")
    assert store.load() == edited
    assert len(store.history()) == 4


def test_undo_to_a_version(store: DatabaseStore) -> None:
    a, b, c = FAQ.topics
    versions = [FAQ, put(store, a, b), put(store, b, a), put(store, replace(b, posts=("b三",))), put(store, c)]
    for number in (2, 5, 1, 4, 3):
        store.undo(who="小王", to=number)
        assert store.load() == versions[number - 1]
    assert store.undo(who="小王", to=3) is None


@pytest.mark.parametrize(("to", "message"), [(None, "nothing to undo; version 1 is the first"), (2, "no version 2")])
def test_what_cannot_be_undone(to: int | None, message: str, store: DatabaseStore) -> None:
    with pytest.raises(SettingsError, match=message):
        store.undo(who="小王", to=to)
    assert len(store.history()) == 1


def test_diff(store: DatabaseStore) -> None:
    a, _, c = FAQ.topics
    new = Topic("d", "丁", ("d",), ("r",))
    put(store, replace(c, posts=("c二", "c三"), title="丙"), replace(a, posts=a.posts[::-1]), new)
    assert list(store.diff(1, 2).lines()) == [
        "~ 丙 (c)",
        "    title: 话题c -> 丙",
        "    - post: c一",
        "    + post: c三",
        "~ 话题a (a)",
        "    its posts or responses are in another order",
        "+ 丁 (d)",
        "    + post: d",
        "    + response: r",
        "- 话题b (b)",
        "    - post: b一",
        "    - post: b二",
        "    - response: b答",
        "the topics are in another order",
    ]
    assert list(store.diff(2, 2).lines()) == ["no difference"]
    with pytest.raises(SettingsError, match="there is no version 3"):
        store.diff(1, 3)


def test_what_sql_changed_is_seen_and_stays_in_the_history(
    store: DatabaseStore, execute: Callable[[str], None]
) -> None:
    execute("UPDATE faq_post SET text = '改过' WHERE topic_id = 'b' AND position = 0")
    assert store.load().by_id["b"].posts == ("改过", "b二")
    assert "changed with SQL after version 1" in store.check().warnings[0]
    store.edit(lambda faq: Faq.of(faq.topics[1:]), who="小李", what="edit")
    assert [(item.number, item.who, item.what) for item in store.history()] == [
        (3, "小李", "edit"),
        (2, "?", "changed with SQL"),
        (1, "小王", "copied"),
    ]
    assert "    + post: 改过" in store.diff(1, 2).lines()
    store.undo(who="小李", to=1)
    assert store.load() == FAQ


def test_undo_mends_what_sql_broke(store: DatabaseStore, execute: Callable[[str], None]) -> None:
    execute("DELETE FROM faq_post WHERE topic_id = 'b'")
    with pytest.raises(FaqDataError, match="topic '话题b': 'post' is an empty list"):
        store.load()
    with pytest.raises(FaqDataError, match="topic '话题b': 'post' is an empty list"):
        put(store, *FAQ.topics)
    store.undo(who="小王", to=1)
    assert store.load() == FAQ


def test_rich_responses_that_sql_broke(tmp_path: Path) -> None:
    store = DatabaseStore(f"sqlite:///{tmp_path}/faq.db")
    store.create(FAQ, who="小王", what="copied")
    for value, message in (
        ("{", "a row of faq_response cannot be read (Expecting property name"),
        ('{"txt": "x"}', "unknown key 'txt'"),
    ):
        with closing(sqlite3.connect(tmp_path / "faq.db")) as connection:
            connection.execute("UPDATE faq_response SET text = NULL, rich = ? WHERE topic_id = 'b'", (value,))
            connection.commit()
        assert message in store.check().faults[0]
    store.undo(who="小王", to=1)
    assert store.load() == FAQ


def test_tables_of_a_newer_program(store: DatabaseStore, execute: Callable[[str], None]) -> None:
    execute("UPDATE faq_schema SET version = 3")
    message = "made by a newer rasa-faq (tables 3, this one knows 2); update this one"
    assert message in store.check().faults[0]
    for action in (store.load, store.history, lambda: put(store, *FAQ.topics[:1]), lambda: store.undo(who="x", to=1)):
        with pytest.raises(FaqDataError) as caught:
            action()
        assert message in str(caught.value)


def test_responses_may_be_missing_for_measuring(store: DatabaseStore, execute: Callable[[str], None]) -> None:
    execute("DELETE FROM faq_response WHERE topic_id IN (SELECT id FROM faq_topic WHERE title = '话题a')")
    assert store.load(responses_required=False).by_id["a"].responses == ()


topics = st.lists(
    st.builds(
        Topic,
        id=st.sampled_from([f"t{number}" for number in range(6)]),
        title=st.just(""),
        posts=st.lists(st.sampled_from("甲乙丙丁"), min_size=1, max_size=3).map(tuple),
        responses=st.lists(st.sampled_from("好是不"), min_size=1, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda topic: topic.id,
)


@given(st.lists(topics, min_size=1, max_size=6))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_version_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, edits: list[list[Topic]]) -> None:
    store = DatabaseStore(f"sqlite:///{tmp_path_factory.mktemp('db')}/faq.db")
    store.create(FAQ, who="小王", what="copied")
    versions = {1: FAQ}
    for edit in edits:
        faq = put(store, *(replace(topic, title=topic.id) for topic in edit))
        versions.setdefault(store.history(limit=1)[0].number, faq)
        assert store.load() == faq
    for number, faq in versions.items():
        store.undo(who="小王", to=number)
        assert store.load() == faq


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (Options(("售后",), enabled=False), ['tags: null -> ["售后"]', "enabled: null -> false"]),
        (
            Options(related=("b",), follow=(Follow("c", "丙"),), negatives=("不是甲",), recommend=True, handoff=True),
            [
                'related: null -> ["b"]',
                'follow: null -> [{"topic": "c", "title": "丙"}]',
                'not: null -> ["不是甲"]',
                "recommend: null -> true",
                "handoff: null -> true",
            ],
        ),
    ],
)
def test_optional_keys_are_edited_shown_and_undone(store: DatabaseStore, keys: Options, shown: list[str]) -> None:
    a, b, c = FAQ.topics
    put(store, replace(a, options=keys), b, c)
    assert list(store.diff(1, 2).lines()) == ["~ 话题a (a)", *(f"    {line}" for line in shown)]
    assert store.load().by_id["a"].options == keys
    store.undo(who="小李")
    assert store.load() == FAQ


def test_tables_of_the_version_before_are_read_and_migrated_by_the_first_edit(
    store: DatabaseStore, execute: Callable[[str], None]
) -> None:
    execute("ALTER TABLE faq_topic DROP COLUMN options")
    execute("UPDATE faq_schema SET version = 1")
    assert store.load() == FAQ
    assert store.check().warnings == ()
    a, b, c = FAQ.topics
    edited = put(store, replace(a, options=Options(("售后",))), b, c)
    assert store.load() == edited
    assert len(store.history()) == 2
