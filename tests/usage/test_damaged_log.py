"""A damaged log: rows are read as they were written or left out with a warning, or one sentence says what to do."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.errors import UsageLogError
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from tests.support.damage import damaged

ASKED = Event(
    Kind.DECISION, "answer", text="运费怎么算", topic="a", topics=(("a", 0.5),), confidence=0.91, faq="f" * 64
)
EVENTS = [replace(ASKED, text=f"{number}件的运费怎么算", confidence=number / 100) for number in range(100)]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    log = UsageLog(tmp_path_factory.mktemp("log") / "usage.sqlite")
    log.append(EVENTS)
    with sqlite3.connect(log.file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return log.file.read_bytes()


def test_damage_is_told_and_changes_no_row(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = {event.text: event for event in EVENTS}
    told = 0
    for number, data in enumerate(damaged(content, 150)):
        log = UsageLog(tmp_path / f"{number}.sqlite")
        log.file.write_bytes(data)
        caplog.clear()
        events, error = read(log)
        if error:
            assert "move it away" in error or "of version" in error
            told += 1
        for event in events:
            assert replace(event, id=0, time="") == replace(written[event.text], conversation=event.conversation)
        if not error and len(events) < len(EVENTS):
            assert "left out" in caplog.text
            told += 1
    assert told > 50


def test_writing_to_a_damaged_log_raises_its_own_error_only(content: bytes, tmp_path: Path) -> None:
    for number, data in enumerate(damaged(content, 100, seed=1)):
        log = UsageLog(tmp_path / f"{number}.sqlite")
        log.file.write_bytes(data)
        with contextlib.suppress(UsageLogError):
            log.append([ASKED])
            log.prune("2000-01-01")


def read(log: UsageLog) -> tuple[list[Event], str]:
    """What is read before an error, and its sentence."""
    events: list[Event] = []
    try:
        events.extend(log.events())
    except UsageLogError as error:
        return events, str(error)
    return events, ""


def test_a_changed_digit_is_told(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    log.file.write_bytes(content.replace("42件的运费".encode(), "43件的运费".encode()))
    with caplog.at_level(logging.WARNING):
        assert len(list(log.events())) == len(EVENTS) - 1
    assert "1 row of the log" in caplog.text


@pytest.mark.parametrize("version", [1, 2])
def test_a_log_of_an_earlier_version_is_read_and_written_on(tmp_path: Path, version: int) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    log.append(EVENTS[:2])
    with sqlite3.connect(log.file) as connection:
        connection.execute("DROP INDEX events_by_kind_and_time")
        for column in ("milliseconds", "scope", *(["checksum"] if version == 1 else [])):
            connection.execute(f"ALTER TABLE events DROP COLUMN {column}")
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    timed = replace(EVENTS[2], milliseconds=12.5, scope="shop_a")
    log.append([timed])
    found = list(log.events())
    assert [event.text for event in found] == [event.text for event in EVENTS[:3]]
    assert [(event.milliseconds, event.scope) for event in found] == [(None, ""), (None, ""), (12.5, "shop_a")]
