"""Questions to begin with: what is recommended, else what was asked most of late."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from faq_component.dialogue.scope import Scope
from faq_component.errors import ScopeError
from faq_component.knowledge.options import NONE, Options
from faq_component.knowledge.topics import Faq, Topic
from faq_component.usage import suggestions
from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.log import UsageLog
from faq_component.usage.suggestions import Suggestions, most_asked

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)


def topic(name: str, options: Options = NONE) -> Topic:
    return Topic(name, f"题{name}", (f"问{name}", "别的"), ("答",), options)


def event(kind: Kind, outcome: str, name: str, days: float = 1) -> Event:
    return Event(kind, outcome, topic=name, time=iso(NOW - timedelta(days=days)))


def test_answers_and_choices_of_a_month_count(tmp_path: Path) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    assert most_asked(log, NOW) == []
    events = [
        event(Kind.DECISION, "answer", "a"),
        event(Kind.PICK, "picked", "b"),
        event(Kind.DECISION, "answer", "b", 29.9),
        *[event(Kind.DECISION, "answer", "c", 31)] * 5,
        *[event(Kind.DECISION, "clarify", "")] * 5,
        *[event(Kind.FEEDBACK, "useful", "a")] * 5,
    ]
    log.append(events)
    assert most_asked(log, NOW) == ["b", "a"]
    log.append([event(Kind.PICK, "picked", "a"), event(Kind.DECISION, "answer", "d")])
    assert most_asked(log, NOW) == ["a", "b", "d"]  # of equals the one asked first


def test_what_is_recommended_comes_first_and_alone() -> None:
    faq = Faq.of(
        [
            topic("a"),
            topic("b", Options(recommend=True)),
            topic("c", Options(recommend=True, enabled=False)),
            topic("d", Options(("金店",), recommend=True)),
        ]
    )
    chosen = Suggestions("none")
    assert [found.to_json() for found in chosen.of(faq, 5)] == [
        {"topic": "b", "title": "题b", "text": "问b"},
        {"topic": "d", "title": "题d", "text": "问d"},
    ]
    assert len(chosen.of(faq, 1)) == 1
    assert [found.topic for found in chosen.of(faq, 5, Scope((("金店",),)))] == ["d"]
    with pytest.raises(ScopeError):
        chosen.of(faq, 5, Scope((("铜店",),)))


def test_else_the_log_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAQ_LOG", raising=False)
    log = UsageLog(tmp_path / "usage.sqlite")
    log.append([Event(Kind.DECISION, "answer", topic=name) for name in ("b", "gone", "a", "b", "off")])
    faq = Faq.of([topic("a"), topic("b"), topic("off", Options(enabled=False))])
    assert [found.topic for found in Suggestions(str(log.file)).of(faq, 5)] == ["b", "a"]
    assert Suggestions(str(tmp_path / "none.sqlite")).of(faq, 5) == []


def test_the_list_of_before_is_given_while_the_log_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAQ_LOG", raising=False)
    log = UsageLog(tmp_path / "usage.sqlite")
    log.append([Event(Kind.DECISION, "answer", topic="a")])
    faq = Faq.of([topic("a"), topic("b")])
    asked = Suggestions(str(log.file))
    assert [found.topic for found in asked.of(faq, 5)] == ["a"]

    may_read = threading.Event()
    counted, readers = UsageLog.rows, []

    def slow(*arguments: Any, **named: Any) -> list[tuple[Any, ...]]:
        readers.append(threading.current_thread())
        assert may_read.wait(30)
        return counted(*arguments, **named)

    monkeypatch.setattr(UsageLog, "rows", slow)
    monkeypatch.setattr(suggestions, "_SECONDS", 0.0)
    log.append([Event(Kind.DECISION, "answer", topic="b")] * 2)
    assert [found.topic for _time in range(3) for found in asked.of(faq, 5)] == ["a"] * 3
    monkeypatch.setattr(suggestions, "_SECONDS", 60.0)
    may_read.set()
    (reader,) = readers
    reader.join()
    assert [found.topic for found in asked.of(faq, 5)] == ["b", "a"]


def test_a_damaged_log_suggests_nothing_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("FAQ_LOG", raising=False)
    (tmp_path / "usage.sqlite").write_bytes(b"no database" * 100)
    assert Suggestions(str(tmp_path / "usage.sqlite")).of(Faq.of([topic("a")]), 5) == []
    assert len(caplog.records) == 1
