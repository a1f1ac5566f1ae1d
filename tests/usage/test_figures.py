"""The log counted, against the same counts made by hand from all events."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.figures import Figures, Span, Totals, topics_asked
from faq_component.usage.log import UsageLog
from faq_component.usage.summary import summarize

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 19)
OUTCOMES = [
    ("decision", "answer"),
    ("decision", "clarify"),
    ("decision", "reject"),
    ("pick", "picked"),
    ("pick", "none"),
]


def some_events(number: int = 600) -> list[Event]:
    draw, events = random.Random(3), []
    for _ in range(number):
        when = datetime(2026, 11, 1, tzinfo=timezone.utc) + timedelta(seconds=draw.randrange(25 * 86_400))
        kind, outcome = draw.choice([*OUTCOMES, ("feedback", draw.choice(["useful", "useless", "wrong", "comment"]))])
        topic = draw.choice("abc") if outcome not in ("clarify", "reject", "none") else ""
        timed = {"milliseconds": float(draw.randrange(1, 90)), "scope": draw.choice(["", "shop"])}
        known: dict[str, Any] = {
            "channel": draw.choice(["", "web", "rest"]),
            "conversation": draw.choice("uvwx"),
            "time": iso(when),
        }
        given = {**known, **(timed if kind == "decision" and draw.random() < 0.8 else {})}
        events.append(Event(Kind(kind), outcome, text=draw.choice("问答文"), topic=topic, **given))
    return sorted(events, key=lambda event: event.time)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> UsageLog:
    log = UsageLog(tmp_path_factory.mktemp("log") / "usage.sqlite")
    log.append(some_events())
    return log


def within(events: list[Event], channel: str | None = None) -> list[Event]:
    days = FIRST.isoformat(), LAST.isoformat()
    return [one for one in events if days[0] <= one.time[:10] <= days[1] and channel in (None, one.channel)]


@pytest.mark.parametrize("channel", [None, "", "web"])
def test_days_topics_and_ratings_are_those_of_the_events(log: UsageLog, channel: str | None) -> None:
    events = within(list(log.events()), channel)
    figures = Figures(log, Span.of_days(FIRST, LAST), channel=channel)
    summary = summarize(events)
    assert {day: counts for day, counts in figures.days().items() if counts} == summary.days
    assert list(figures.days()) == [f"2026-11-{day}" for day in range(10, 20)]
    asked = Counter(one.topic for one in events if (one.kind.value, one.outcome) in (OUTCOMES[0], OUTCOMES[3]))
    assert figures.topics() == asked
    assert list(figures.topics().values()) == sorted(asked.values(), reverse=True)
    rated = [(one.topic, one.useful, one.useless, one.why) for one in summary.rated]
    assert [(one.topic, one.useful, one.useless, one.why) for one in figures.ratings()] == rated
    totals = figures.totals()
    assert totals.asked == sum(one.kind is Kind.DECISION for one in events)
    assert totals.picked == sum(one.outcome == "picked" for one in events)


def test_the_span_before_is_as_long_and_ends_where_this_one_begins(log: UsageLog) -> None:
    before = Figures(log, Span.of_days(FIRST, LAST)).before()
    assert list(before.days()) == [*(f"2026-10-{day}" for day in (31,)), *(f"2026-11-0{day}" for day in range(1, 10))]
    events = [one for one in log.events() if "2026-10-31" <= one.time[:10] <= "2026-11-09"]
    assert before.totals().asked == sum(one.kind is Kind.DECISION for one in events)


def test_times_are_medians_of_what_is_known(log: UsageLog) -> None:
    events = [one for one in within(list(log.events())) if one.milliseconds is not None]
    for day, times in Figures(log, Span.of_days(FIRST, LAST)).times().items():
        known = sorted(one.milliseconds or 0 for one in events if one.time.startswith(day))
        assert times.count == len(known)
        assert times.median == known[-(-len(known) // 2) - 1]
        assert known[0] <= times.median <= times.p95 <= known[-1]


@pytest.mark.parametrize(("given", "counted"), [(99.4, 99), (104.0, 100), (986.0, 990), (1_249.0, 1_200)])
def test_long_times_are_counted_in_steps(tmp_path: Path, given: float, counted: float) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    log.append([Event(Kind.DECISION, "answer", time="2026-11-10T00:00:00.000Z", milliseconds=given)])
    assert Figures(log, Span.of_days(FIRST, LAST)).times()["2026-11-10"].median == counted


def test_channels_and_scopes_are_counted(log: UsageLog) -> None:
    events = [one for one in within(list(log.events())) if one.kind is Kind.DECISION]
    figures = Figures(log, Span.of_days(FIRST, LAST))
    for column in ("channel", "scope"):
        expected = Counter((getattr(one, column), one.outcome) for one in events)
        found = figures.by(column)
        assert {(value, name): count for value, counts in found.items() for name, count in counts.items()} == expected
    with pytest.raises(ValueError, match="channel or scope"):
        figures.by("text; DROP TABLE events")


def test_choices_count_in_the_scopes_of_their_conversation(tmp_path: Path) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    known: dict[str, Any] = {"time": "2026-11-12T10:00:00.000Z"}
    log.append(
        Event(Kind(kind), outcome, conversation=conversation, scope=scope, topic="a", **known)
        for kind, outcome, conversation, scope in (
            ("decision", "clarify", "u", "shop"),
            ("pick", "picked", "u", ""),
            ("decision", "clarify", "v", ""),
            ("pick", "picked", "v", ""),
        )
    )
    totals = Figures(log, Span.of_days(FIRST, LAST), scope="shop").totals()
    assert (totals.asked, totals.picked, totals.led) == (1, 1, 1.0)


def test_a_topic_rises_where_it_is_asked_more_than_before(tmp_path: Path) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    counts = {"a": (40, 38), "b": (2, 12), "c": (30, 6), "d": (0, 4), "e": (0, 9)}
    for topic, (before, now) in counts.items():
        for day, count in (("05", before), ("15", now)):
            when = f"2026-11-{day}T10:00:00.000Z"
            log.append([Event(Kind.DECISION, "answer", topic=topic, time=when)] * count)
    rises = Figures(log, Span.of_days(FIRST, LAST)).rising()
    assert [(rise.topic, rise.count, rise.before) for rise in rises] == [("e", 9, 0), ("b", 12, 2)]


def test_of_nothing_there_is_no_share(tmp_path: Path) -> None:
    log = UsageLog(tmp_path / "usage.sqlite")
    figures = Figures(log, Span.of_days(FIRST, LAST))
    assert figures.totals() == Totals()
    assert (Totals().answered, Totals().led, Totals().rejected) == (None, None, None)
    assert (figures.topics(), figures.rising(), figures.ratings(), figures.times()) == ({}, [], [], {})
    assert topics_asked(log, Span.last(30, datetime.now(timezone.utc))) == {}


def test_hostile_values_are_values(log: UsageLog) -> None:
    figures = Figures(log, Span.of_days(FIRST, LAST), channel="' OR 1=1 --", scope='"; DROP TABLE events; --')
    assert figures.totals().asked == 0
    assert Figures(log, Span.of_days(FIRST, LAST)).totals().asked > 0
