"""The page of figures: counts, charts, tables as CSV, and logs that are empty, hostile or damaged."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from faq_component.studio.figures.charts import by_week, lines, stacked
from faq_component.studio.workbench import Workbench
from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.log import UsageLog
from tests.studio.conftest import HOST, Page

SCRIPT = "<script>alert(1)</script>\x1b[2J"
PARTS = ("topics", "ratings", "times")


def ago(days: float) -> str:
    return iso(datetime.now(timezone.utc) - timedelta(days=days))


@pytest.fixture
def log(workbench: Workbench) -> UsageLog:
    log = UsageLog(workbench.settings.log)
    answer, clarify = (Kind.DECISION, "answer"), (Kind.DECISION, "clarify")
    web: dict[str, Any] = {"channel": "web", "conversation": "u"}
    log.append(
        [
            Event(*answer, text="几点开门", topic="hours", milliseconds=12.0, scope="shop", time=ago(1), **web),
            Event(*answer, text="几点开门", topic="hours", time=ago(1), **web),
            Event(*answer, text="票价", topic="ticket", time=ago(40), **web),
            Event(*clarify, text="票", channel=SCRIPT, time=ago(2)),
            Event(Kind.PICK, "picked", text="票", topic="ticket", time=ago(2), **web),
            Event(Kind.DECISION, "reject", text=SCRIPT, time=ago(2)),
            Event(Kind.FEEDBACK, "useless", text="几点开门", topic="hours", time=ago(1), **web),
            Event(Kind.FEEDBACK, "outdated", text="几点开门", topic="hours", time=ago(1), **web),
        ]
    )
    return log


def figure(shown: str, name: str) -> tuple[str, str]:
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd><strong>([^<]*)</strong>[^<]*<span[^>]*>before: ([^<]*)<", shown)
    assert found, name
    return found[1], found[2]


def table(page: Page, place: str) -> list[list[str]]:
    answer = page.client.get(f"/figures/{place}", base_url=HOST)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_without_a_log_it_says_what_to_do(page: Page) -> None:
    shown = page.get("/figures")
    assert "make chat" in shown
    page.get("/figures/days.csv", 404)


@pytest.mark.usefixtures("log")
def test_figures_stand_against_the_span_before(page: Page) -> None:
    shown = page.get("/figures?days=30")
    assert figure(shown, "questions asked") == ("4", "1")
    assert figure(shown, "answered at once, %") == ("50.0", "100.0")
    assert figure(shown, "clarifying questions that led to an answer, %") == ("100.0", "–")
    shown = page.get("/figures?channel=web")
    assert figure(shown, "questions asked") == ("2", "1")
    assert figure(page.get("/figures?scope=shop"), "questions asked") == ("1", "0")
    assert "Nobody asked anything" in page.get("/figures?from=2020-01-01&until=2020-01-09")


@pytest.mark.usefixtures("log")
def test_parts_are_loaded_behind(page: Page) -> None:
    shown = page.get("/figures/part/topics")
    assert re.findall(r'<th scope="row">([^<]*)', shown)[:2] == ["营业时间", "门票价格"]
    assert "answer outdated 1" in page.get("/figures/part/ratings")
    assert "<svg" in page.get("/figures/part/times")
    assert "no times for this span" in page.get("/figures/part/times?from=2020-01-01&until=2020-01-09")
    page.get("/figures/part/nothing", 404)


@pytest.mark.usefixtures("log")
def test_every_table_is_a_csv_file(page: Page) -> None:
    for name in ("days", "topics", "rising", "ratings", "times", "channels", "scopes"):
        assert len(table(page, f"{name}.csv")[0]) >= 3
    header, *days = table(page, "days.csv?days=7")
    assert (header[:3], len(days)) == (["day", "asked", "answered"], 7)
    assert sum(int(day[1]) for day in days) == 4
    page.get("/figures/events.csv", 404)


@pytest.mark.usefixtures("log")
def test_what_is_unanswered_stands_in_clusters(page: Page) -> None:
    shown = page.until("/figures/part/unanswered", "Looking")
    assert "Asked in vain" in shown
    assert "<script>alert" not in shown
    assert "\x1b" not in shown
    header, *rows = table(page, "unanswered.csv")
    assert header[0] == "question"
    assert [row[1] for row in rows] == ["1", "1", "1"]


def test_what_a_spreadsheet_would_run_is_a_text(page: Page, log: UsageLog) -> None:
    log.append([Event(Kind.DECISION, "reject", channel="=HYPERLINK(1)", time=ago(1))])
    assert "'=HYPERLINK(1)" in [row[0] for row in table(page, "channels.csv")]


@pytest.mark.usefixtures("log")
def test_hostile_texts_and_questions_are_inert(page: Page) -> None:
    for query in ("", "?from=x&until=y&days=z", f"?channel={SCRIPT}", "?days=-5", "?days=99999999", "?from=0001-01-01"):
        for place in ("/figures", *(f"/figures/part/{part}" for part in PARTS)):
            shown = page.get(f"{place}{query}")
            assert "<script>alert" not in shown
            assert "\x1b" not in shown


def test_a_damaged_log_is_named(page: Page, workbench: Workbench) -> None:
    Path(workbench.settings.log).write_bytes(b"no database" * 100)
    assert "is damaged" in page.get("/figures")
    assert "is damaged" in page.get("/figures/part/topics")


def test_the_drawing_is_svg_whose_bars_are_as_high_as_their_counts(page: Page, log: UsageLog) -> None:
    log.append([Event(Kind.DECISION, "reject", time=ago(2))] * 4)
    drawing = re.search(r"<svg.*?</svg>", page.get("/figures?days=7"), re.DOTALL)
    assert drawing
    root = ET.fromstring(drawing[0])  # noqa: S314 (our own)
    heights: dict[str, float] = defaultdict(float)
    for bar in root.iter("rect"):
        kind = bar.get("class", "").removeprefix("bar ")
        heights[kind] += float(bar.get("height", "0")) if bar.get("class", "").startswith("bar") else 0
    assert heights["reject"] == pytest.approx(5 * heights["clarify"], rel=0.01)
    assert heights["answer"] == pytest.approx(2 * heights["clarify"], rel=0.01)


def test_many_days_are_drawn_by_week() -> None:
    first = date(2026, 1, 1)
    days = {(first + timedelta(days=number)).isoformat(): Counter(answer=1) for number in range(100)}
    weeks = by_week(days)
    assert sum(counts["answer"] for counts in weeks.values()) == 100
    assert all(date.fromisoformat(week).weekday() == 0 for week in weeks)
    assert len(stacked(weeks, {"answer": "answered"}).stacks) == len(weeks) < 20
    assert stacked({}, {"answer": "answered"}).stacks == ()
    assert lines(["a", "b"], {"first": [None, 50.0]}, 100, " %").lines[0].dots[0][2] == "b: 50 %"
