"""The studio as a program, in a real browser: from the address to a bot that has learned."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe

from faq_component.knowledge.checking import load_faq
from faq_component.settings import Settings
from faq_component.studio.drafts.draft import Draft
from tests.caches import warmed
from tests.pool import TOPICS
from tests.servers import ROOT, free_port

SCHEMES = [("light", 1280), ("dark", 390)]


class Studio:
    """A running studio over a file; `places` are settings of its configuration."""

    def __init__(self, file: Path, folder: Path, **places: str) -> None:
        self.draft = Draft(Settings(faq=str(file), cache_dir=warmed(f"{folder}/cache"))).place
        command = [sys.executable, "-m", "faq_component.cli", "studio", "--port", str(free_port()), "--faq", str(file)]
        config = folder / "config.yml"
        lines = [f"  {name}: {value}\n" for name, value in {"cache_dir": f"{folder}/cache", **places}.items()]
        config.write_text(f"pipeline:\n- name: faq_component.rasa.FaqRecall\n{''.join(lines)}", "utf-8")
        self._process = subprocess.Popen(
            [*command, "--config", str(config)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert self._process.stdout is not None
        self.address = next(found.group() for line in self._process.stdout if (found := re.search(r"http://\S+", line)))

    def end(self) -> int:
        self._process.terminate()
        return self._process.wait(300)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    file = folder / "pool.json"
    file.write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    running = Studio(file, folder)
    yield running
    assert running.end() == 0


def open_page(browser: Any, studio: Studio) -> Iterator[Any]:
    """Yield a page that is signed in; in the end, no script may have failed."""
    context = browser.new_context(locale="en-US", timezone_id="Asia/Shanghai")
    opened = context.new_page()
    opened.set_default_timeout(120_000)
    opened.faults = []
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.on("console", lambda said: opened.faults.append(said.text) if said.type in ("error", "warning") else None)
    opened.goto(studio.address)
    opened.wait_for_selector("h1")
    yield opened
    assert [fault for fault in opened.faults if "status of 4" not in fault] == []
    context.close()


@pytest.fixture(scope="module")
def page(browser: Any, studio: Studio) -> Iterator[Any]:
    yield from open_page(browser, studio)


def test_a_topic_is_found_edited_and_what_is_typed_is_remarked_on(page: Any, studio: Studio) -> None:
    page.fill("input[name=q]", "年卡")
    page.get_by_text("1 topic", exact=True).wait_for()
    page.get_by_role("link", name="办年卡").click()
    page.wait_for_load_state()  # before the scripts are there, Enter saves
    page.get_by_role("textbox", name="Phrasing 3").press("Enter")
    page.keyboard.type("门票是多少钱呀")
    page.locator("#topic .beside a").wait_for()
    assert "门票价格" in page.inner_text("#topic .beside")
    page.keyboard.press("Control+A")
    page.keyboard.type("年卡要带照片吗")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
    assert load_faq(studio.draft).by_id["card"].posts[-1] == "年卡要带照片吗"


def test_a_message_is_tried_and_taught(page: Any, studio: Studio) -> None:
    page.get_by_role("link", name="Try it").click()
    page.fill("#text", "下水前要淋浴不")
    page.press("#text", "Enter")
    page.locator(".tried").wait_for()
    assert page.input_value("#text") == ""
    page.fill("input[list=titles]", "泳帽")
    page.get_by_role("button", name="Add the phrasing").click()
    page.get_by_text("Added to “泳帽”").wait_for()
    assert "下水前要淋浴不" in load_faq(studio.draft).by_id["cap"].posts
    for _ in range(100):  # until the assistant has taken the edit in
        shown = page.locator(".tried").count()
        page.fill("#text", "下水前要淋浴不")
        page.press("#text", "Enter")
        page.locator(f".tried >> nth={shown}").wait_for()
        if "100 % sure" in page.locator(".tried .outcome").first.inner_text():
            return
    raise AssertionError("the bot has not learned it")


@contextlib.contextmanager
def first_script_held(page: Any) -> Iterator[list[Any]]:
    """Hold the first request for htmx, as a slow connection does; it is in the list then, to be continued."""
    held: list[Any] = []
    page.route("**/htmx.min.js", lambda route: route.continue_() if held else held.append(route))
    yield held
    assert held
    page.unroute("**/htmx.min.js")


def test_what_is_sent_before_the_scripts_are_there_is_asked_when_they_are(page: Any) -> None:
    with first_script_held(page):
        page.get_by_role("link", name="Try it").click()
        page.locator("#ask textarea").evaluate("field => { field.value = 'vip=yes' }")
        page.fill("#text", "下水前要淋浴不")
        page.press("#text", "Enter")
        page.locator(".tried").wait_for()
    assert page.locator(".tried .said").inner_text() == "下水前要淋浴不"
    assert page.input_value("#text") == ""
    assert page.locator("#ask textarea").input_value() == "vip=yes"
    assert page.locator(".tried").count() == 1


def test_what_is_typed_before_the_scripts_are_there_is_searched_when_they_are(page: Any) -> None:
    with first_script_held(page) as held:
        page.get_by_role("link", name="Topics").click()
        page.fill("input[type=search]", "泳帽")
        assert page.locator("#rows tbody tr").count() > 1
        held[0].continue_()
        page.locator("#rows tbody tr").nth(1).wait_for(state="detached")
    assert "泳帽" in page.locator("#rows").inner_text()


def test_times_are_those_of_the_browsers_zone(page: Any, studio: Studio) -> None:
    page.goto(f"{'/'.join(page.url.split('/', 3)[:3])}/publish")
    time = page.locator(".change time").first
    utc = datetime.fromisoformat(time.get_attribute("datetime").replace("Z", "+00:00"))
    assert time.inner_text() == utc.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")
    assert page.locator("[data-zone-name]").inner_text() == "Asia/Shanghai"


@pytest.mark.parametrize(("scheme", "width"), SCHEMES)
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(page: Any, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    named = page.eval_on_selector_all("header nav a", "links => links.map(link => link.getAttribute('href'))")
    for place in (*named, "/topics/card", "/topics/new", "/publish/version/1", "/topics/nobody"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + place)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page).response["violations"]
        assert [(place, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
