"""The audit log: what is written stays, in bounds, and is found again."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from faq_component.errors import StudioError
from faq_component.studio.access import audit_log
from faq_component.studio.access.audit_log import AuditLog, Filter
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import Page


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "studio" / "audit.sqlite")


def test_what_is_written_is_read_newest_first_for_the_owner_alone(log: AuditLog) -> None:
    assert log.entries() == []
    log.add("publish", who="li", address="10.0.0.7", topics=["hours", "price"], count=2)
    log.add("sign-out", who="wang")
    newest, oldest = log.entries()
    assert (newest.what, newest.who, newest.address) == ("sign-out", "wang", "")
    assert (oldest.who, oldest.address, oldest.details) == (
        "li",
        "10.0.0.7",
        {"topics": ["hours", "price"], "count": 2},
    )
    assert oldest.time < newest.time or oldest.id < newest.id
    assert log.file.stat().st_mode & 0o777 == 0o600
    assert log.file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), [3, 2, 1]),
        (Filter(who="li"), [3, 1]),
        (Filter(what="edit"), [2, 1]),
        (Filter(text="泳馆"), [2]),
        (Filter(since="2026-01-02"), [3, 2]),
        (Filter(until="2026-01-02"), [2, 1]),
        (Filter(since="2026-01-02", until="2026-01-02", who="wang"), [2]),
    ],
)
def test_a_filter_finds(log: AuditLog, monkeypatch: pytest.MonkeyPatch, wanted: Filter, found: list[int]) -> None:
    for day, (what, who, text) in enumerate(
        [("edit", "li", "门票"), ("edit", "wang", "泳馆"), ("export", "li", "")], 1
    ):
        monkeypatch.setattr(audit_log, "now", lambda day=day: f"2026-01-0{day}T12:00:00.000Z")
        log.add(what, who=who, title=text)
    assert [entry.id for entry in log.entries(wanted)] == found
    assert [entry.id for entry in log.entries(before=3, count=1)] == [2]


def test_texts_are_cleaned_and_cut(log: AuditLog) -> None:
    log.add("edit", who="a\x1b[31mb", title="x" * 1000, topics=[str(number) for number in range(99)])
    (entry,) = log.entries()
    assert entry.who == "a\\u001b[31mb"
    assert len(entry.details["title"]) == 300
    assert len(entry.details["topics"]) == 20


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET who = 'nobody'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries VALUES (1, '', '', '', '', '{}')",
    ],
)
def test_an_entry_stays_as_written(log: AuditLog, statement: str) -> None:
    log.add("edit", who="li")
    with sqlite3.connect(log.file) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert log.entries()[0].who == "li"


@pytest.mark.parametrize("free", audit_log.FREE_ACTS)
def test_what_costs_nothing_has_a_share_of_its_own_and_pushes_nothing_else_out(log: AuditLog, free: str) -> None:
    others = ["publish", "account", *(what for what in audit_log.FREE_ACTS if what != free)]
    for what in others:
        log.add(what, who="li")
    with sqlite3.connect(log.file) as connection:
        connection.executemany(audit_log._INSERT, [("t", "", "", free, "{}")] * 110_050)
    connection.close()
    for _more in range(100):
        log.add(free)
    assert len(log.entries(Filter(what=free), count=999_999)) in range(10_000, 10_101)
    assert [entry.what for entry in log.entries(Filter(who="li"))] == others[::-1]


def test_changes_do_not_grow_for_ever(log: AuditLog) -> None:
    log.add("sign-in", who="li")
    log.add("edit", who="li")
    with sqlite3.connect(log.file) as connection:
        connection.executemany(audit_log._INSERT, [("t", "", "", "edit", "{}")] * 100_050)
    connection.close()
    for _more in range(100):
        log.add("publish")
    assert len(log.entries(count=999_999)) in range(100_001, 100_102)
    assert [entry.what for entry in log.entries(Filter(who="li"))] == ["sign-in"]


def test_several_writers_lose_nothing(log: AuditLog) -> None:
    def write() -> None:
        for _entry in range(20):
            log.add("edit", who="li")

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(log.entries()) == 80


def test_a_damaged_file_stops_no_work_and_is_reported(log: AuditLog, caplog: pytest.LogCaptureFixture) -> None:
    log.file.parent.mkdir()
    log.file.write_bytes(b"not a database" * 100)
    log.add("edit", who="li")
    assert "lacks an entry" in caplog.text
    with pytest.raises(StudioError, match=r"audit\.sqlite"):
        log.entries()


def test_an_edit_is_written_with_its_author_address_and_topics(page: Page, workbench: Workbench) -> None:
    page.post("/topics/new", 302, title="寄存宠物", post=["能带狗吗"], response=["不能。"], enabled="1")
    entry = workbench.audit_log.entries(Filter(what="edit"))[0]
    assert (entry.who, entry.address, entry.details["edit"]) == ("li", "127.0.0.1", "studio: add 寄存宠物")
