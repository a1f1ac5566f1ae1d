"""Conversations in SQLite: what Rasa's own store would keep, in the same table."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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
from faq_component.rasa.components import sqlite_conversations
from tests.support.damage import damaged

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


def test_a_full_disk_is_named_and_what_was_kept_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        ours, rasas = stores(tmp_path)
        tracker = await ours.get_or_create_tracker("a")
        (pages,) = ours._connection.execute("PRAGMA page_count").fetchone()
        ours._connection.execute(f"PRAGMA max_page_count = {pages}")
        tracker.update(BotUttered("很长" * 10_000))
        await ours.save(tracker)
        assert "disk is full); conversations go on in memory" in caplog.text
        assert as_dicts(await ours.retrieve("a")) == as_dicts(tracker)
        assert len(as_dicts(await rasas.retrieve("a"))) == 1
        ours._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
        await ours.save(tracker)
        assert as_dicts(await rasas.retrieve("a")) == as_dicts(tracker)

    asyncio.run(play())


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that waits for no lock, but as long for the next try."""
    monkeypatch.setattr(sqlite_conversations, "_BUSY_SECONDS", 0.0)


@pytest.mark.usefixtures("hasty")
def test_while_the_file_is_locked_conversations_go_on_and_all_is_written_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        ours, rasas = stores(tmp_path)
        known = await ours.get_or_create_tracker("known")
        known.update(UserUttered("之前", INTENT))
        await ours.save(known)
        with locked(tmp_path):
            for sender in ("known", "new"):
                for number in range(3):
                    tracker = await ours.get_or_create_tracker(sender)
                    tracker.update(UserUttered(f"{number}", INTENT))
                    await ours.save(tracker)
        assert caplog.text.count("go on in memory") == 1
        assert len(as_dicts(await rasas.retrieve("known"))) == 2
        ours._next_try = 0.0
        other = await ours.get_or_create_tracker("other")
        await ours.save(other)
        for sender, said in (("known", ["之前", "0", "1", "2"]), ("new", ["0", "1", "2"])):
            for store in stores(tmp_path):
                kept = await store.retrieve_full_tracker(sender)
                assert [event.text for event in kept.events if isinstance(event, UserUttered)] == said
        assert not ours._kept
        assert caplog.text.count("can be used again") == 1

    asyncio.run(play())


@pytest.mark.usefixtures("hasty")
def test_two_workers_lose_nothing_where_the_file_was_locked_for_one(tmp_path: Path) -> None:
    async def say(store: SqliteConversations, text: str) -> None:
        tracker = await store.get_or_create_tracker("a")
        tracker.update(BotUttered(text))
        await store.save(tracker)

    async def play() -> None:
        first, second = stores(tmp_path)[0], stores(tmp_path)[0]
        await say(first, "0")
        with locked(tmp_path):
            await say(first, "1")
        await say(second, "2")  # without the first one's word, which is in its memory
        first._next_try = 0.0
        await say(first, "3")
        await say(second, "4")
        for store in stores(tmp_path):
            said = [event.text for event in (await store.retrieve("a")).events if isinstance(event, BotUttered)]
            assert said == ["0", "2", "1", "3", "4"]

    asyncio.run(play())


@pytest.mark.usefixtures("hasty")
def test_what_could_not_be_written_is_written_once_where_two_messages_do_it_at_once(tmp_path: Path) -> None:
    async def play() -> None:
        ours, rasas = stores(tmp_path)
        with locked(tmp_path):
            tracker = await ours.get_or_create_tracker("a")
        ours._next_try = 0.0
        tracker.update(BotUttered("好的"))
        await asyncio.gather(ours.save(tracker), ours.save(tracker), ours.get_or_create_tracker("b"))
        assert as_dicts(await rasas.retrieve("a")) == as_dicts(tracker)

    asyncio.run(play())


def test_what_is_said_after_a_damaged_event_is_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        ours, _ = stores(tmp_path)
        for text in ("一", "二", "三"):
            tracker = await ours.get_or_create_tracker("a")
            tracker.update(BotUttered(text))
            await ours.save(tracker)
            ours._connection.execute("UPDATE events SET data = '{' WHERE data LIKE '%一%' OR data LIKE '%u4e00%'")
        said = [event.text for event in (await ours.retrieve("a")).events if isinstance(event, BotUttered)]
        assert said == ["二", "三"]

    asyncio.run(play())
    assert "1 events of a conversation" in caplog.text


def test_a_conversation_is_written_where_old_ones_cannot_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database is locked")

    async def play() -> None:
        ours, rasas = stores(tmp_path)
        monkeypatch.setattr(ours._upkeep, "run", fails)
        tracker = await ours.get_or_create_tracker("a")
        assert not ours._kept
        assert as_dicts(await rasas.retrieve("a")) == as_dicts(tracker)

    asyncio.run(play())


@pytest.mark.usefixtures("hasty")
def test_a_lock_is_waited_for_by_one_message_and_other_work_goes_on(tmp_path: Path) -> None:
    async def play() -> None:
        ours, _ = stores(tmp_path)
        with locked(tmp_path):
            waiting = [asyncio.ensure_future(ours.retrieve(f"{number}")) for number in range(20)]
            await asyncio.sleep(0)
            assert not any(task.done() for task in waiting)  # they wait in the thread of the file
            await asyncio.gather(*waiting)
            tracker = await ours.get_or_create_tracker("a")
            used: list[str] = []
            ours._connection.set_trace_callback(used.append)
            for _ in range(20):
                await ours.save(tracker)
            assert not used  # creating it has waited already

    asyncio.run(play())
    busy = SqliteConversations(DOMAIN, str(tmp_path / "another.sqlite"))
    assert busy._connection.execute("PRAGMA busy_timeout").fetchone() == (0,)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program that keeps the file for itself."""
    other = sqlite3.connect(folder / "conversations.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_damaged_events_are_left_out_and_damaged_files_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def write() -> None:
        ours, _ = stores(tmp_path)
        for number in range(20):
            tracker = await ours.get_or_create_tracker(f"{number}")
            tracker.update(UserUttered("运费怎么算", INTENT, parse_data={"intent": INTENT, "entities": []}))
            await ours.save(tracker)
        ours._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ours._connection.close()

    async def use(file: Path) -> None:
        ours = SqliteConversations(DOMAIN, str(file))
        for number in range(20):
            tracker = await ours.get_or_create_tracker(f"{number}")
            tracker.update(BotUttered("好的"))
            await ours.save(tracker)

    asyncio.run(write())
    for number, data in enumerate(damaged((tmp_path / "conversations.sqlite").read_bytes(), 60)):
        file = tmp_path / f"{number}.sqlite"
        file.write_bytes(data)
        with contextlib.suppress(RasaException):  # at the start: one sentence
            asyncio.run(use(file))
    assert "damaged and left out" in caplog.text
    assert "go on in memory" in caplog.text


def test_old_sessions_are_deleted_and_the_one_that_goes_on_stays(tmp_path: Path) -> None:
    async def play() -> None:
        file = tmp_path / "conversations.sqlite"
        ours = SqliteConversations(DOMAIN, str(file), days=30)
        now, old = time.time(), time.time() - 40 * 86_400
        for sender, moments in (("gone", [old]), ("back", [old, now]), ("long", [])):
            tracker = DialogueStateTracker(sender, [])
            for moment in moments:
                tracker.update(SessionStarted(timestamp=moment))
                tracker.update(UserUttered(f"{moment}", INTENT, timestamp=moment + 1))
            if sender == "long":
                tracker.update(SessionStarted(timestamp=old))
                tracker.update(UserUttered("old", INTENT, timestamp=old + 1))
                tracker.update(UserUttered("new", INTENT, timestamp=now))
            ours._upkeep._next = float("inf")
            await ours._write(tracker)
        ours._upkeep._next = 0.0
        await ours.save(DialogueStateTracker("any", []))
        said = {}
        for sender in ("gone", "back", "long"):
            kept = await ours.retrieve_full_tracker(sender)
            said[sender] = [event.text for event in kept.events if isinstance(event, UserUttered)] if kept else []
        assert said == {"gone": [], "back": [f"{now}"], "long": ["old", "new"]}

    asyncio.run(play())


def test_what_was_said_is_masked_a_day_later_where_the_setting_says_so(tmp_path: Path) -> None:
    async def play() -> None:
        file = tmp_path / "conversations.sqlite"
        ours = SqliteConversations(DOMAIN, str(file), mask=True)
        texts = {"old": time.time() - 2 * 86_400, "new": time.time()}
        ours._upkeep._next = float("inf")
        for sender, moment in texts.items():
            number = "13800138000"
            said = UserUttered(f"电话{number}", INTENT, parse_data={"intent": INTENT, "text": number}, timestamp=moment)
            slot = SlotSet("faq_topic", number, timestamp=moment)
            await ours._write(DialogueStateTracker.from_events(sender, [said, slot]))
        ours._upkeep._next = 0.0
        await ours.save(DialogueStateTracker("any", []))
        (old,) = [event for event in (await ours.retrieve("old")).events if isinstance(event, UserUttered)]
        (new,) = [event for event in (await ours.retrieve("new")).events if isinstance(event, UserUttered)]
        assert (old.text, new.text) == ("电话[手机号]", "电话13800138000")
        rows = ours._connection.execute("SELECT data FROM events WHERE sender_id = 'old'").fetchall()
        assert "13800138000" not in str(rows)

    asyncio.run(play())


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "conversations.sqlite"
    SqliteConversations(DOMAIN, str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (file.parent, file.parent.parent)] == [0o700, 0o700]


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
        ({"bd": "x.sqlite"}, "unknown setting 'bd'; known are db, days, mask"),
        ({"dialect": "sqlite"}, "unknown setting 'dialect'; known are db, days, mask"),
        ({"host": "h"}, "unknown setting 'url'; known are db, days, mask"),
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
