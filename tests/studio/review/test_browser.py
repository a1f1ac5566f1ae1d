"""Review, test sets, figures and boldness in a browser: clusters by keyboard alone, a set that is run, axe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from faq_component.knowledge.checking import load_faq
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import open_questions, out_of_scope_texts
from tests.pool import TOPICS
from tests.studio.test_browser import Studio, open_page

SCHEMES = [("light", 1280), ("dark", 390)]
PAGES = (
    *("/review", "/review/ratings", "/review/conversations", "/tests", "/tests/of/browser", "/figures", "/boldness"),
    *("/figures/part/times", "/review/conversations?q=x"),
)
VAIN = ("量子力学怎么学", "能带狗吗", "<img src=x onerror=alert(1)>")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> UsageLog:
    log = UsageLog(tmp_path_factory.mktemp("log") / "usage.sqlite")
    counted = {text: 3 - place for place, text in enumerate(VAIN)}
    vain = [
        Event(Kind.DECISION, "reject", text=text, conversation=text, channel="web", milliseconds=9.0, scope="shop")
        for text, count in counted.items()
        for _ in range(count)
    ]
    rated = Event(Kind.FEEDBACK, "useless", text="几点开门", topic="hours", conversation="u")
    asked = Event(Kind.DECISION, "answer", text="几点开门", topic="hours", conversation="u", milliseconds=20.0)
    log.append([*vain, asked, rated, Event(Kind.REVIEW, "done", text="几点开门")])
    return log


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, log: UsageLog) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    file = folder / "pool.json"
    file.write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQ_LOG", str(log.file))
        running = Studio(file, folder, test_sets=f"{folder}/sets")
    yield running
    assert running.end() == 0


@pytest.fixture(scope="module")
def page(browser: Any, studio: Studio) -> Iterator[Any]:
    yield from open_page(browser, studio)


def place(page: Any, path: str) -> str:
    return "/".join(page.url.split("/", 3)[:3]) + path


def wait_for_card(page: Any, text: str) -> None:
    """Wait until the card says something, and has the focus: the text comes first, and keys are for the card."""
    page.get_by_text(text).wait_for()
    page.locator("#card:focus").wait_for()


def test_three_clusters_are_reviewed_by_keyboard_alone(page: Any, studio: Studio, log: UsageLog) -> None:
    page.goto(place(page, "/review"))
    page.get_by_text("1 of 3").wait_for()
    assert page.evaluate("document.activeElement.id") == "card"
    page.keyboard.press("t")
    page.keyboard.type("s停车o")  # in a field, letters are letters
    assert page.input_value("#card input[name=topic]") == "s停车o"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    wait_for_card(page, "2 of 3")
    page.keyboard.press("k")
    wait_for_card(page, "1 of 3")
    page.keyboard.press("o")
    page.get_by_text("Out of scope: not shown again").wait_for()
    wait_for_card(page, "1 of 2")
    page.keyboard.press("t")
    page.keyboard.type("儿童")
    page.keyboard.press("Enter")
    wait_for_card(page, "Added to “儿童”")
    page.keyboard.press("u")
    page.get_by_text("Undone.").wait_for()
    wait_for_card(page, "1 of 2")
    page.keyboard.press("n")
    page.keyboard.type("宠物")
    page.keyboard.press("Tab")
    page.keyboard.type("不能带宠物。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_card(page, "Made the topic “宠物”")
    page.keyboard.press("d")
    page.get_by_text("Nothing to review").wait_for()
    draft = load_faq(studio.draft)
    assert [topic.posts for topic in draft.topics if topic.title == "宠物"] == [("能带狗吗",)]
    assert out_of_scope_texts(log.events()) == [VAIN[0]]
    assert open_questions(log.events(), draft) == []


def test_keys_can_be_switched_off(page: Any) -> None:
    page.goto(place(page, "/review"))
    page.locator("summary", has_text="Keys").click()
    page.get_by_label("Use these keys").uncheck()
    page.reload()
    assert not page.locator("#keys").is_checked()
    page.locator("#card").focus()
    page.keyboard.press("u")
    page.wait_for_timeout(500)
    assert "Undone" not in page.inner_text("#card")
    page.evaluate("localStorage.clear()")


def test_a_set_is_made_of_a_file_and_run(page: Any, tmp_path: Path) -> None:
    table = tmp_path / "questions.csv"
    table.write_text("问题,主题\n几点开门,营业时间\n怎么学开飞机,无\n泳帽呢,泳帽子\n", "utf-8")
    page.goto(place(page, "/tests"))
    page.set_input_files("input[type=file]", str(table))
    page.locator("form", has=page.locator("input[type=file]")).get_by_label("Name of the test set").fill("browser")
    page.locator("form", has=page.locator("input[type=file]")).get_by_role("button", name="Look at it").click()
    page.get_by_text("row 4, column 2").wait_for()
    page.get_by_label("Leave these rows out").check()
    page.get_by_role("button", name="Keep as a test set").click()
    page.get_by_role("button", name="Run it").click()
    page.get_by_text("100.0 %").first.wait_for()
    assert "not asked yet" not in page.inner_text("main")


def test_the_slider_shows_other_precisions_as_it_is_moved(page: Any) -> None:
    page.goto(place(page, "/boldness"))
    page.get_by_text("Questions that change").or_(page.get_by_text("No question of these changes")).first.wait_for()
    page.locator("#precision").focus()
    page.keyboard.press("End")
    page.locator(".chosen", has_text="99").wait_for()
    page.get_by_text("As chosen").first.wait_for()


@pytest.mark.parametrize(("scheme", "width"), SCHEMES)
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(page: Any, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        page.goto(place(page, path))
        page.wait_for_load_state("networkidle")
        found = [one for one in Axe().run(page).response["violations"] if "part" not in path]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
