"""Conversations in SQLite: what Rasa's own store would keep, in the same table."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from faq_component.rasa import SqliteConversations

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [faq]
actions: [action_faq_answer]
slots: {faq_topic: {type: text, mappings: [{type: custom}]}}
""")
INTENT = {"name": "faq", "confidence": 0.9}
texts = st.text(max_size=20)
events = st.one_of(
    st.builds(lambda text: UserUttered(text, INTENT, parse_data={"intent": INTENT, "entities": []}), texts),
    st.builds(BotUttered, texts),
    st.builds(lambda text: SlotSet("faq_topic", text), texts),
    st.builds(lambda: ActionExecuted("action_faq_answer", "RulePolicy", 1.0)),
    st.builds(SessionStarted),
)


def stores(folder: Path) -> tuple[SqliteConversations, SQLTrackerStore]:
    """Ours and Rasa's, on the same file."""
    file = str(folder / "conversations.sqlite")
    return SqliteConversations(DOMAIN, file), SQLTrackerStore(DOMAIN, dialect="sqlite", db=file)


def as_dicts(tracker: DialogueStateTracker | None) -> list[dict[str, object]]:
    """The events but for their time, which Rasa makes anew for some when it reads them."""
    return [] if tracker is None else [{**event.as_dict(), "timestamp": None} for event in tracker.events]


@settings(max_examples=60, deadline=None)
@given(turns=st.lists(st.tuples(st.booleans(), st.lists(events, max_size=4)), min_size=1, max_size=6))
def test_either_store_reads_and_continues_what_the_other_wrote(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[bool, list[Event]]]
) -> None:
    async def play() -> None:
        ours, rasas = stores(tmp_path_factory.mktemp("store"))
        for clock, (by_us, new) in enumerate(turns):
            store = ours if by_us else rasas
            tracker = await store.get_or_create_tracker("王小明", append_action_listen=False)
            for event in new:
                event.timestamp = float(clock)
                tracker.update(event)
            await store.save(tracker)
            for retrieve in ("retrieve", "retrieve_full_tracker"):
                by_ours = as_dicts(await getattr(ours, retrieve)("王小明"))
                assert by_ours == as_dicts(await getattr(rasas, retrieve)("王小明"))
        assert list(await ours.keys()) == list(await rasas.keys())

    asyncio.run(play())


def test_saving_again_adds_nothing_and_conversations_are_apart(tmp_path: Path) -> None:
    async def play() -> None:
        ours, _ = stores(tmp_path)
        for sender in ("a", "b"):
            tracker = await ours.get_or_create_tracker(sender)
            tracker.update(UserUttered(f"我是{sender}", INTENT))
            await ours.save(tracker)
            await ours.save(tracker)
        for sender in ("a", "b"):
            kept = await ours.retrieve(sender)
            assert [event.type_name for event in kept.events] == ["action", "user"]
            assert kept.latest_message.text == f"我是{sender}"
        assert await ours.retrieve("nobody") is None

    asyncio.run(play())


def test_what_is_kept_of_an_event_is_searchable(tmp_path: Path) -> None:
    async def play() -> None:
        ours, _ = stores(tmp_path)
        tracker = await ours.get_or_create_tracker("a")
        tracker.update(UserUttered("运费呢", INTENT, parse_data={"intent": INTENT}))
        await ours.save(tracker)

    asyncio.run(play())
    with sqlite3.connect(tmp_path / "conversations.sqlite") as connection:
        rows = connection.execute("SELECT sender_id, type_name, intent_name, action_name FROM events ORDER BY id")
        assert list(rows) == [("a", "action", None, "action_listen"), ("a", "user", "faq", None)]


def test_a_failed_save_leaves_nothing_behind_and_the_next_works(tmp_path: Path) -> None:
    async def play() -> None:
        ours, _ = stores(tmp_path)
        tracker = await ours.get_or_create_tracker("a")
        tracker.update(BotUttered("好的", data={"custom": object()}))  # no JSON
        with pytest.raises(TypeError):
            await ours.save(tracker)
        other = await ours.get_or_create_tracker("b")
        assert as_dicts(await ours.retrieve("b")) == as_dicts(other)
        assert len(as_dicts(await ours.retrieve("a"))) == 1

    asyncio.run(play())


def test_a_full_disk_is_named_and_what_was_kept_stays(tmp_path: Path) -> None:
    async def play() -> None:
        ours, rasas = stores(tmp_path)
        tracker = await ours.get_or_create_tracker("a")
        (pages,) = ours._connection.execute("PRAGMA page_count").fetchone()
        ours._connection.execute(f"PRAGMA max_page_count = {pages}")
        tracker.update(BotUttered("很长" * 10_000))
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await ours.save(tracker)
        assert len(as_dicts(await rasas.retrieve("a"))) == 1
        ours._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
        await ours.save(tracker)
        assert as_dicts(await rasas.retrieve("a")) == as_dicts(tracker)

    asyncio.run(play())


_WRITER = """
import asyncio, os, sys
from rasa.shared.core.events import BotUttered
from tests.rasa.components.test_sqlite_conversations import DOMAIN
from faq_component.rasa import SqliteConversations

async def write() -> None:
    store = SqliteConversations(DOMAIN, sys.argv[1])
    for number in range(40):
        tracker = await store.get_or_create_tracker(sys.argv[2])
        tracker.update(BotUttered(f"{number}"))
        await store.save(tracker)

asyncio.run(write())
os.kill(os.getpid(), 9)
"""


def test_processes_that_begin_at_once_and_are_killed_lose_nothing(tmp_path: Path) -> None:
    file = str(tmp_path / "conversations.sqlite")
    senders = ["a", "b", "c"]
    writers = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", _WRITER, file, sender]) for sender in senders]
    assert [writer.wait(120) for writer in writers] == [-signal.SIGKILL] * 3

    async def read() -> None:
        store = SqliteConversations(DOMAIN, file)
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        for sender in senders:
            said = [event.text for event in (await store.retrieve(sender)).events if isinstance(event, BotUttered)]
            assert said == [str(number) for number in range(40)]

    asyncio.run(read())


def test_a_lock_on_a_new_file_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "conversations.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # as by a process that has just switched to the log
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    assert SqliteConversations(DOMAIN, str(file))._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"bd": "x.sqlite"}, "unknown setting 'bd'; known are db"),
        ({"dialect": "sqlite"}, "unknown setting 'dialect'; known are db"),
        ({"host": "h"}, "unknown setting 'url'; known are db"),
        ({"db": ":memory:"}, "setting 'db' is ':memory:'; it must be the path of a file"),
    ],
)
def test_unknown_settings_are_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(RasaException) as error:
        SqliteConversations(DOMAIN, **settings)
    assert str(error.value) == f"endpoints.yml, 'tracker_store': {named}"


def test_the_folder_is_made_and_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    SqliteConversations(DOMAIN, str(tmp_path / "new" / "conversations.sqlite"))
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    wrong = tmp_path / "notes.txt"
    wrong.write_text("今天的笔记，不是数据库。" * 100, encoding="utf-8")
    with pytest.raises(RasaException, match=r"notes\.txt cannot store conversations .* in endpoints\.yml"):
        SqliteConversations(DOMAIN, str(wrong))
    assert wrong.read_text(encoding="utf-8").startswith("今天的笔记")
