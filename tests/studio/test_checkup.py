"""The check-up: what lint finds, and what is accepted for good."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import render_template

from faq_component.knowledge.topics import Faq
from faq_component.lint.configured import Linter
from faq_component.lint.findings import Finding
from faq_component.settings import Settings
from faq_component.studio import checkup, looking
from faq_component.studio.workbench import Workbench
from tests.pool import TOPICS
from tests.studio.conftest import HOST, Page


def found(page: Page) -> str:
    return page.until("/checkup/found", "Looking")


def planted(file: Path) -> None:
    topics = {**TOPICS, "停车": {"id": "parking", "post": ["哪里停车", "几点开门"], "resp": ["TODO"]}}
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")


def test_what_is_planted_is_found_with_its_topic_and_looked_for_again_after_an_edit(page: Page, file: Path) -> None:
    assert "TODO" not in found(page)
    planted(file)
    assert "Looking" in page.get("/checkup")
    shown = found(page)
    assert "TODO" in shown
    assert "The post is also in topic" in shown
    assert 'href="/topics/parking"' in shown


def test_a_large_faq_is_looked_at_in_a_process_of_its_own(
    page: Page, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_LARGE", 1)
    planted(file)
    assert "TODO" in found(page)
    monkeypatch.setattr(Linter, "whole", None)  # the other process has it
    page.post("/checkup/accept", 302, rule="placeholder", topic="停车", text="nothing")
    planted_again = {**TOPICS, "停车": {"id": "parking", "post": ["哪里停车"], "resp": ["FIXME"]}}
    file.write_text(json.dumps(planted_again, ensure_ascii=False), "utf-8")
    assert "FIXME" in found(page)


def test_one_look_at_a_time_and_none_at_drafts_that_have_passed(
    page: Page, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    at_once: list[int] = []
    going, goes_on = threading.Semaphore(2), threading.Event()

    def look(_settings: Settings, _place: str, faq: Faq) -> list[Finding]:
        begun.append(faq.topics[-1].title)
        with going:
            at_once.append(going._value)
            assert goes_on.wait(60)
        return [Finding("placeholder", faq.topics[-1].title, "TODO", ())]

    monkeypatch.setattr(checkup, "findings_in", look)
    for number in range(5):
        page.post("/topics/new", 302, title=f"new{number}", post=[f"第{number}个问题"], response=["好。"], enabled="1")
        assert "Looking" in page.get("/checkup/found")
    goes_on.set()
    shown = found(page)
    assert (begun, set(at_once)) == (["new0", "new4"], {1})
    assert "new4" in shown
    assert "new4" in found(page)  # no second look begins
    assert len(begun) == 2


def test_a_look_that_ends_while_its_page_is_made_has_not_found_nothing(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def look(_settings: Settings, _place: str, faq: Faq) -> list[Finding]:
        assert goes_on.wait(60)
        return [Finding("placeholder", faq.topics[-1].title, "TODO", ())]

    def end_and_render(template: str, **values: Any) -> str:
        goes_on.set()
        assert values["run"].done.wait(60)
        return render_template(template, **values)

    monkeypatch.setattr(checkup, "findings_in", look)
    monkeypatch.setattr(checkup, "render_template", end_and_render)
    assert "Looking" in page.get("/checkup/found")
    assert "TODO" in page.get("/checkup/found")


def test_what_the_other_process_cannot_do_is_said(
    page: Page, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_LARGE", 1)
    workbench.settings = replace(workbench.settings, words="nothing/here.yml")
    assert "nothing/here.yml" in found(page)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    page.post("/checkup/accept", 302, rule="placeholder", topic="x", text="x")
    workbench.settings = replace(workbench.settings, words=None)
    planted(Path(workbench.settings.faq))
    assert "ended with 1" in found(page)


def test_a_finding_is_accepted_for_good(page: Page, file: Path) -> None:
    planted(file)
    assert "TODO" in found(page)
    page.post("/checkup/accept", 302, rule="placeholder", topic="停车", text="TODO")
    shown = found(page)
    assert "TODO" not in shown
    assert "1 accepted" in shown
    accepted = file.parent / ".faqlint"
    assert "placeholder\t停车\tTODO" in accepted.read_text("utf-8")
    page.post("/checkup/accept", 302, rule="placeholder", topic="nobody", text="x")
    accepted.write_text("nonsense\n", "utf-8")
    assert ".faqlint:1" in found(page)
    page.post("/checkup/accept", 302, rule="same-post", topic="停车", text="几点开门")
    assert accepted.read_text("utf-8") == "nonsense\n"
    assert page.client.post("/checkup/accept", base_url=HOST).status_code == 403


def test_a_mend_is_applied_by_a_click(page: Page, file: Path, workbench: Workbench) -> None:
    topics = {**TOPICS, "停车": {"id": "parking", "post": ["哪里停车", "几点开门"], "resp": ["<b>门口</b>", "TODO"]}}
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    shown = found(page)
    assert "Take it out of “停车”" in shown
    assert "Write it like this" in shown
    finding = {"topic": "停车", "text": "<b>门口</b>"}
    page.post("/checkup/mend", 409, rule="markup", mend="nothing", **finding)
    page.post("/checkup/mend", 302, rule="markup", mend="write", **finding)
    assert workbench.faq.by_id["parking"].responses == ("门口", "TODO")
    found(page)
    page.post("/checkup/mend", 302, rule="placeholder", topic="停车", text="TODO", mend="remove")
    shown = found(page)
    name = "here" if "<q>几点开门</q>" in shown.partition("停车</a>")[2] else "there"
    owner = "停车" if name == "here" else "营业时间"
    page.post("/checkup/mend", 302, rule="same-post", topic=owner, text="几点开门", mend=name)
    assert workbench.faq.by_id["parking"].posts == ("哪里停车",)
    assert list(workbench.faq.by_id["parking"].responses) == ["门口"]
    assert "The post is also in topic" not in found(page)
