"""The slider of the target precision: what it would change, and where it is saved."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

from faq_component.assistant.assistant import Assistant
from faq_component.errors import FaqError
from faq_component.evaluation.boldness import PRECISIONS, changed, outcomes_at, try_precisions
from faq_component.project.setting_lines import change_setting
from faq_component.settings import load_settings
from faq_component.studio.workbench import Workbench
from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.log import UsageLog
from tests.studio.conftest import HOST, Page

SCRIPT = "<script>alert(1)</script>\x1b[2J"
CONFIG = """\
language: zh  # of the project
pipeline:
  # the FAQ
  - name: faq_component.rasa.FaqRecall
    faq: pool.json  # ours
  - name: FallbackClassifier
"""


@pytest.fixture
def log(workbench: Workbench) -> UsageLog:
    log = UsageLog(workbench.settings.log)
    old = iso(datetime.now(timezone.utc) - timedelta(days=9))
    texts = ["几点开门", "几点开门", "游泳要带什么", "带孩子来要多少钱", "能不能停车", "泳帽在哪买", SCRIPT]
    log.append([Event(Kind.DECISION, "answer", text=text) for text in texts])
    log.append([Event(Kind.DECISION, "answer", text="上上周的问题", time=old)])
    return log


@pytest.fixture
def config(workbench: Workbench, tmp_path: Path) -> Path:
    workbench.config = tmp_path / "config.yml"
    workbench.config.write_text(CONFIG, "utf-8")
    return workbench.config


def tried(page: Page, precision: int) -> str:
    page.get("/boldness")
    return page.until(f"/boldness/shown?precision={precision}", "Trying")


def counts(shown: str) -> dict[str, tuple[int, int]]:
    rows = re.findall(r'<th scope="row">([^<]*)</th><td[^>]*>(\d+) \([\d.]+ %\)</td><td[^>]*>(\d+) \(', shown)
    return {html.unescape(name): (int(now), int(then)) for name, now, then in rows}


def test_each_question_is_decided_as_the_assistant_would_with_that_setting(workbench: Workbench) -> None:
    texts = [("几点开门", 2), ("游泳要带什么", 1), ("带孩子来要多少钱，几点开门呢", 1), ("量子力学", 3)]
    assistant = workbench.assistant
    found = try_precisions(assistant, texts)
    for precision in (0.8, 0.92, 0.99):
        settings = workbench.settings.override(answer_precision=precision)
        other = Assistant.over(workbench.faq, settings)
        decisions = [one.decisions[PRECISIONS.index(precision)] for one in found]
        assert decisions == [other.decide(text).decision for text, _count in texts]
    assert outcomes_at(found, 0.95).total() == 7
    assert changed(found, 0.9, 0.9) == []


@pytest.mark.usefixtures("log")
def test_the_slider_shows_last_week_now_and_then(page: Page) -> None:
    same = counts(tried(page, 95))
    assert all(now == then for now, then in same.values())
    assert sum(now for now, _then in same.values()) == 7
    careful = tried(page, 99)
    assert counts(careful)["answered"][1] <= counts(careful)["answered"][0]
    assert "上上周" not in careful
    for shown in (careful, tried(page, 80)):
        assert "<script>alert" not in shown
        assert "\x1b" not in shown
    for precision in ("79", "100"):
        page.get(f"/boldness/shown?precision={precision}", 422)


def test_without_questions_it_says_so(page: Page) -> None:
    assert "Nobody asked anything" in tried(page, 95)


def test_an_administrator_saves_one_line(page: Page, workbench: Workbench, config: Path) -> None:
    shown = page.post("/boldness/save", precision="90")
    assert "Saved in" in shown
    assert "rasa train" in shown
    line = "    faq: pool.json  # ours\n"
    assert config.read_text("utf-8") == CONFIG.replace(line, f"{line}    answer_precision: 0.9\n")
    page.post("/boldness/save", precision="93")
    assert config.read_text("utf-8") == CONFIG.replace(line, f"{line}    answer_precision: 0.93\n")
    assert load_settings(config).answer_precision == 0.93
    entry = workbench.audit_log.entries()[0]
    assert (entry.what, entry.details["setting"], entry.details["after"]) == ("settings", "answer_precision", 0.93)


def test_where_it_cannot_be_saved_the_line_is_shown(page: Page, workbench: Workbench, config: Path) -> None:
    flow = "pipeline: [{name: faq_component.rasa.FaqRecall}]\n"
    config.write_text(flow, "utf-8")
    shown = page.post("/boldness/save", 409, precision="90")
    assert "answer_precision: 0.9" in shown
    assert config.read_text("utf-8") == flow
    workbench.config = None
    assert "without a config.yml" in page.post("/boldness/save", 409, precision="90")


def test_a_reader_may_try_but_not_save(readers_page: Page, config: Path) -> None:
    assert "An administrator can save this" in readers_page.get("/boldness")
    readers_page.post("/boldness/save", 403, precision="90")
    assert config.read_text("utf-8") == CONFIG
    assert readers_page.client.post("/boldness/save", base_url=HOST).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "pipeline: 5\n",
        "a: [\n",
        "pipeline:\n- name: Other\n",
        "pipeline:\n- name: x.FaqRecall\n  answer_precision: {a: 1}\n",
    ],
)
def test_a_file_of_another_form_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    place = tmp_path / "config.yml"
    place.write_text(text, "utf-8")
    with pytest.raises(FaqError):
        change_setting(place, "answer_precision", 0.9)
    assert place.read_text("utf-8") == text
    with pytest.raises(FaqError):
        change_setting(tmp_path / "none.yml", "answer_precision", 0.9)


def test_comments_and_other_values_stay(tmp_path: Path) -> None:
    place = tmp_path / "config.yml"
    text = (
        "pipeline:\n- name: x.FaqRecall\n  answer_precision: 0.95  # as agreed\n  scope: {slot: shop}\npolicies: []\n"
    )
    place.write_text(text, "utf-8")
    change_setting(place, "answer_precision", 0.8)
    assert place.read_text("utf-8") == text.replace("0.95", "0.8")
    assert yaml.safe_load(place.read_text("utf-8"))["policies"] == []
