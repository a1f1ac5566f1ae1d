from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.errors import UsageLogError
from faq_component.types import Decision, Hit, Outcome, Result
from faq_component.usage.events import Event, Kind, decision_event
from faq_component.usage.log import UsageLog, log_file
from faq_component.usage.recorder import Recorder

ASKED = Event(Kind.DECISION, "reject", text="量子力学怎么学", conversation="wx-openid-1", channel="rest", faq="f" * 64)


@pytest.fixture
def log(tmp_path: Path) -> UsageLog:
    return UsageLog(tmp_path / "private" / "usage.sqlite")


def test_what_is_written_is_read_back_without_the_person(log: UsageLog) -> None:
    hits = [Hit("a", "甲", 0.51234), Hit("b", "乙", 0.4)]
    decision = Decision(Outcome.ANSWER, 0.987654, (hits[0],))
    result = Result(tuple(hits), decision, "f")
    event = decision_event("我是13800138000", result, faq="f", conversation="openid", channel=None)
    log.append([event, replace(event, text="再问")])
    first, second = log.events()
    assert (first.text, first.topic, first.confidence) == ("我是[手机号]", "a", 0.9877)
    assert first.topics == (("a", 0.5123), ("b", 0.4))
    assert first.conversation == second.conversation != "openid"
    assert (first.id, second.id) == (1, 2)
    assert first.time.endswith("Z")
    assert b"13800138000" not in log.file.read_bytes() + b"".join(f.read_bytes() for f in log.file.parent.iterdir())


def test_two_logs_give_a_person_different_names(tmp_path: Path) -> None:
    logs = [UsageLog(tmp_path / name) for name in "ab"]
    for log in logs:
        log.append([ASKED])
    assert len({next(iter(log.events())).conversation for log in logs}) == 2


def test_the_file_is_for_its_owner_alone(log: UsageLog) -> None:
    assert list(log.events()) == []
    assert not log.file.exists()
    log.append([ASKED])
    assert log.file.stat().st_mode & 0o777 == 0o600
    assert log.file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET text = ''",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT 1, time, kind, outcome, '', topic, topics, confidence, faq, '', '', '', "
        "NULL, '' FROM events",
        "UPDATE prunings SET before = '9'",
        "DELETE FROM prunings",
    ],
)
def test_rows_are_only_added(statement: str, log: UsageLog) -> None:
    log.append([ASKED])
    log.prune("2000-01-01T00:00:00.000Z")
    connection = sqlite3.connect(log.file)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    assert [event.text for event in log.events()] == [ASKED.text]


def test_pruning_removes_what_is_old_but_no_review(log: UsageLog) -> None:
    old = replace(ASKED, text="很久以前问的一句话", time="2025-01-01T00:00:00.000Z")
    log.append([old, replace(old, kind=Kind.REVIEW, outcome="out_of_scope"), ASKED])
    assert log.prune("2025-06-01T00:00:00.000Z") == 1
    assert [(event.kind, event.text) for event in log.events()] == [
        (Kind.REVIEW, "很久以前问的一句话"),
        (Kind.DECISION, ASKED.text),
    ]
    assert log.prune("2025-06-01T00:00:00.000Z") == 0
    assert UsageLog(log.file.with_name("absent")).prune("2025") == 0


def test_pruned_text_is_gone_from_the_disk(log: UsageLog) -> None:
    log.append([replace(ASKED, text="很久以前问的一句话", time="2025-01-01T00:00:00.000Z")])
    log.prune("2025-06-01T00:00:00.000Z")
    assert not [f for f in log.file.parent.iterdir() if "很久以前".encode() in f.read_bytes()]


WRITER = """
import sys
from faq_component.usage.log import UsageLog
from faq_component.usage.events import Event, Kind
for number in range(50):
    UsageLog(sys.argv[1]).append([Event(Kind.DECISION, "reject", text=f"{sys.argv[2]}{number}")])
"""


def test_processes_write_at_once_and_lose_nothing(log: UsageLog) -> None:
    names = ["甲", "乙", "丙"]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(log.file), name]) for name in names]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert {event.text for event in log.events()} == {f"{name}{number}" for name in names for number in range(50)}


def test_half_a_surrogate_pair_is_written(log: UsageLog) -> None:
    log.append([replace(ASKED, text="坏\ud800字", conversation="\ud800")])
    assert next(iter(log.events())).text == "坏?字"


@pytest.mark.parametrize("content", ["not a database at all" * 100, None])
def test_a_file_that_cannot_be_used_is_one_sentence(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "usage.sqlite"
    if content is None:
        file.mkdir()
    else:
        file.write_text(content, "utf-8")
    with pytest.raises(
        UsageLogError,
        match=r"the log .*usage\.sqlite (cannot be used: .*; check the file|is damaged \(.*; move it away)",
    ):
        UsageLog(file).append([ASKED])
    assert content is None or file.read_text("utf-8") == content


def test_a_later_version_is_not_touched(log: UsageLog) -> None:
    log.append([ASKED])
    sqlite3.connect(log.file).execute("PRAGMA user_version = 9").connection.close()
    with pytest.raises(UsageLogError, match="of version 9, and this program knows 3"):
        list(log.events())


def test_the_environment_comes_before_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAQ_LOG")
    assert log_file("a.sqlite") == Path("a.sqlite")
    assert log_file("none") is None
    monkeypatch.setenv("FAQ_LOG", "b.sqlite")
    assert log_file("none") == Path("b.sqlite")
    monkeypatch.setenv("FAQ_LOG", "none")
    assert log_file("a.sqlite") is None


def test_a_recorder_writes_in_the_background(log: UsageLog) -> None:
    recorder = Recorder(log)
    for number in range(300):
        recorder.record(replace(ASKED, text=f"问{number}"))
    recorder.flush(20)
    assert [event.text for event in log.events()] == [f"问{number}" for number in range(300)]


def test_without_a_log_nothing_is_written(tmp_path: Path) -> None:
    recorder = Recorder(None)
    recorder.record(ASKED)
    recorder.flush()
    assert list(tmp_path.iterdir()) == []


def test_a_failing_log_is_one_warning_and_works_again(log: UsageLog, caplog: pytest.LogCaptureFixture) -> None:
    log.file.mkdir(parents=True)
    recorder = Recorder(log)
    for _ in range(3):
        recorder.record(ASKED)
        recorder.flush(20)
    assert len(caplog.records) == 1
    assert "cannot be used" in caplog.text
    assert "is not kept" in caplog.text
    log.file.rmdir()
    recorder.record(replace(ASKED, text="又好了"))
    recorder.flush(20)
    assert [event.text for event in log.events()] == ["又好了"]


def test_a_locked_log_delays_no_message_and_is_written_later(log: UsageLog) -> None:
    log.append([ASKED])
    other = sqlite3.connect(log.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    recorder = Recorder(log)
    recorder.record(ASKED)  # returns although the file is locked
    assert len(list(UsageLog(log.file).events())) == 1  # readers are not held up either
    other.execute("ROLLBACK")
    recorder.flush(20)
    assert len(list(log.events())) == 2


FULL = """
import resource, sys
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from faq_component.usage.recorder import Recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
recorder = Recorder(UsageLog(sys.argv[1]))
for number in range(5):
    recorder.record(Event(Kind.DECISION, "reject", text="问" * 500, topics=(("t" * 64, 0.5),) * 500))
    recorder.flush(20)
print("the bot goes on")
"""


def test_a_full_disk_is_one_warning(log: UsageLog) -> None:
    log.append([ASKED])
    result = subprocess.run([sys.executable, "-c", FULL, str(log.file)], capture_output=True, text=True)
    assert result.stdout == "the bot goes on\n"
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be used: " in result.stderr
    assert next(iter(log.events())).text == ASKED.text


def test_more_than_can_wait_is_one_warning(log: UsageLog, caplog: pytest.LogCaptureFixture) -> None:
    log.append([ASKED])
    other = sqlite3.connect(log.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    recorder = Recorder(log)
    for _ in range(1300):
        recorder.record(ASKED)
    other.execute("ROLLBACK")
    recorder.flush(20)
    assert [record.getMessage() for record in caplog.records if "wait for the log" in record.getMessage()]
    assert len(caplog.records) == 1


def record_in_a_child(recorder: Recorder) -> None:
    recorder.record(replace(ASKED, text="孩子问的"))
    recorder.flush(20)


def test_a_forked_process_writes_too(log: UsageLog) -> None:
    recorder = Recorder(log)
    recorder.record(ASKED)
    recorder.flush(20)
    child = multiprocessing.get_context("fork").Process(target=record_in_a_child, args=(recorder,))
    child.start()
    child.join()
    assert [event.text for event in log.events()] == [ASKED.text, "孩子问的"]
