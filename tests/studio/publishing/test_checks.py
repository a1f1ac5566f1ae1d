"""What a draft would change: new findings, test sets and last week's questions; and the marks of a difference."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from faq_component.evaluation.question_table import TableQuestion
from faq_component.evaluation.test_sets.sets import QuestionSet, QuestionSets
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from faq_component.studio.publishing.marks import marks, reworded
from faq_component.studio.publishing.times import read_due, shown_time
from faq_component.studio.workbench import Workbench, digest
from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.log import UsageLog
from tests.caches import warmed
from tests.studio.conftest import Page

NEW = Topic("pets", "寄养水獭", ("水獭能不能一起游", "可以带水獭来吗"), ("水獭不能入场。",))


@pytest.fixture
def workbench(
    file: Path, tmp_path: Path, in_the_checkout: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))
    cache, sets = warmed(tmp_path / "cache"), str(tmp_path / "sets")
    with Workbench(Settings(faq=str(file), reload_seconds=0.1, cache_dir=cache, test_sets=sets)) as made:
        yield made


def checked(page: Page) -> str:
    """The checks of the newest draft, once they are done."""
    deadline = time.monotonic() + 300
    while "hx-get" in (shown := page.get("/publish/checks")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return shown


def ask(tmp_path: Path, *texts: str, days: int = 1) -> None:
    at = iso(datetime.now(timezone.utc) - timedelta(days=days))
    UsageLog(tmp_path / "usage.sqlite").append(
        [Event(Kind.DECISION, "reject", text=text, conversation="c", time=at) for text in texts]
    )


def test_what_the_draft_changes_is_listed_question_by_question(
    page: Page, workbench: Workbench, tmp_path: Path
) -> None:
    ask(tmp_path, "水獭能不能一起游", "水獭能不能一起游", "几点开门", "年卡在哪里买", "13800138000可以带水獭来吗")
    ask(tmp_path, "可以带水獭来吗", days=8)
    questions = (TableQuestion("可以带水獭来吗", "寄养水獭", "pets"), TableQuestion("几点开门", "营业时间", "hours"))
    QuestionSets(workbench.settings).write(QuestionSet("every day", questions))

    def edited(faq: Faq) -> Faq:
        topics = (replace(topic, responses=("TODO",)) if topic.id == "hours" else topic for topic in faq.topics)
        return Faq.of([*topics, NEW])

    workbench.change_all(edited, {}, who="li", what="x")
    shown = checked(page)
    assert "TODO" in shown
    assert "Of 4 different questions" in shown
    assert "水獭能不能一起游" in shown
    assert "answered now" in shown
    assert "the same topic, whose answers change" in shown
    assert "年卡在哪里买" not in shown
    assert "13800138000" not in shown
    assert "every day: 1 question changes" in shown
    assert "right: 50.0 % → 100.0 %" in shown


def test_without_an_effect_that_is_said(page: Page, workbench: Workbench, tmp_path: Path) -> None:
    assert page.get("/publish/checks") == ""
    topic = workbench.faq.by_id["card"]
    workbench.change("card", digest(topic), replace(topic, posts=(*topic.posts, "办张年卡")), who="li", what="x")
    shown = checked(page)
    assert "Nothing new is found" in shown
    assert "no question of the last seven days" in shown
    ask(tmp_path, "几点开门")
    workbench.change("card", digest(workbench.faq.by_id["card"]), topic, who="li", what="x")
    workbench.change("card", digest(topic), replace(topic, posts=(*topic.posts, "办一张年卡")), who="li", what="x")
    assert "it is answered as before" in checked(page)


def test_a_damaged_log_is_a_sentence(page: Page, workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite").write_bytes(b"no log" * 1000)
    topic = workbench.faq.by_id["card"]
    workbench.change("card", digest(topic), replace(topic, posts=(*topic.posts, "办张年卡")), who="li", what="x")
    assert "is damaged" in checked(page)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("几点开门", "几点关门", "几点[-开][+关]门"),
        ("open at six", "open at seven", "open at [-six][+seven]"),
        ("甲", "甲乙", "甲[+乙]"),
        ("a b", "a", "a[- b]"),
    ],
)
def test_texts_are_marked_word_by_word(before: str, after: str, expected: str) -> None:
    signs = {"removed": "[-{}]", "added": "[+{}]", "same": "{}"}
    assert "".join(signs[mark.kind].format(mark.text) for mark in marks(before, after)) == expected


def test_alike_texts_are_one_that_was_reworded() -> None:
    found = reworded(["几点开门", "怎么退票"], ["年卡多少钱", "几点关门"])
    assert [one.kind for one in found] == ["removed", "added", "reworded"]
    assert "".join(mark.text for mark in found[0].marks) == "怎么退票"


def test_marks_of_long_texts_take_no_long_time() -> None:
    began = time.process_time()
    assert len(list(marks("甲乙" * 5000, "乙丙" * 5000))) == 2
    reworded(["甲乙" * 5000] * 20, ["乙丙" * 5000] * 20)
    assert time.process_time() - began < 60


def test_times_are_read_and_shown_in_their_zone() -> None:
    now = datetime(2026, 11, 30, tzinfo=timezone.utc)
    due, fault = read_due("2026-12-01T09:00", "Asia/Shanghai", now)
    assert (due, fault) == (datetime(2026, 12, 1, 1, tzinfo=timezone.utc), "")
    assert shown_time("2026-12-01T01:00:00.000Z", "Asia/Shanghai") == "2026-12-01 09:00 (Asia/Shanghai, UTC+08:00)"
    assert shown_time("2026-07-01T01:00:00Z", "Europe/Berlin") == "2026-07-01 03:00 (Europe/Berlin, UTC+02:00)"
