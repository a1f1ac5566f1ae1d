"""A person edits, looks at the difference, publishes, plans and goes back, while the real Rasa answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faq_component.knowledge.checking import load_faq
from tests.servers import Bot, copy_checkout, new_sender
from tests.studio.test_browser import Studio, open_page

logger = logging.getLogger(__name__)

QUESTION = "量子水母能不能带进图书馆"
ANSWER = "量子水母可以带，普通水母不行。"


@pytest.fixture(scope="module")
def checkout(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("published") / "checkout")


@pytest.fixture(scope="module")
def live_bot(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("servers"), checkout) as running:
        yield running


@pytest.fixture(scope="module")
def studio(checkout: Path, live_bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    running = Studio(checkout / "data/faq", tmp_path_factory.mktemp("studio"))
    yield running
    assert running.end() == 0


@pytest.fixture(scope="module")
def page(browser: Any, studio: Studio) -> Iterator[Any]:
    yield from open_page(browser, studio)


def wait_until(bot: Bot, *, is_answered: bool) -> None:
    """Ask until the bot gives the new answer, or does not any more; the log says how long that took."""
    began = time.monotonic()
    while (bot.say(QUESTION, new_sender())[0].get("text") == ANSWER) is not is_answered:
        assert time.monotonic() - began < 60
        time.sleep(0.2)
    logger.info("taken in after %.1f seconds", time.monotonic() - began)


def add_topic(page: Any) -> None:
    page.get_by_role("link", name="New topic").click()
    page.fill("input[name=title]", "水母")
    page.fill("input[name=post]", QUESTION)
    page.fill("textarea[name=response]", ANSWER)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()


def test_what_is_published_is_answered_and_what_is_taken_back_is_not(
    page: Any, studio: Studio, live_bot: Bot, checkout: Path
) -> None:
    before = load_faq(checkout / "data/faq")
    add_topic(page)
    assert live_bot.say(QUESTION, new_sender())[0].get("text") != ANSWER
    page.locator("nav a[href='/publish']").click()
    assert "1 topic differs" in page.inner_text("main")
    assert QUESTION in page.inner_text(".change")
    page.get_by_label("Description").fill("水母上线")
    page.get_by_role("button", name="Publish now").click()
    page.get_by_text("Published. Running bots answer with it").wait_for()
    wait_until(live_bot, is_answered=True)
    page.get_by_role("link", name="Version 1", exact=True).click()
    assert "1 topic would change" in page.inner_text("main")
    page.get_by_role("button", name="Go back to version 1").click()
    page.get_by_text("The earlier version is live").wait_for()
    wait_until(live_bot, is_answered=False)
    assert load_faq(checkout / "data/faq") == before


def test_what_is_planned_is_published_by_the_running_studio(page: Any, studio: Studio, live_bot: Bot) -> None:
    page.get_by_role("link", name="Topics", exact=True).click()
    add_topic(page)
    page.locator("nav a[href='/publish']").click()
    page.get_by_text("Publish later").click()
    assert page.input_value("input[name=zone]") == "Asia/Shanghai"
    due = page.evaluate("new Date(Date.now() + 8 * 3600e3 + 70e3).toISOString().slice(0, 16)")  # the next minute, there
    page.fill("input[name=due]", due)
    page.get_by_role("button", name="Plan it").click()
    page.get_by_role("heading", name="Planned").wait_for()
    assert "Asia/Shanghai, UTC+08:00" in page.inner_text("main")
    deadline = time.monotonic() + 200
    while live_bot.say(QUESTION, new_sender())[0].get("text") != ANSWER:
        assert time.monotonic() < deadline
        time.sleep(1)
    page.reload()
    assert "was published as planned" in page.inner_text("main")
    page.get_by_role("button", name="I have read this").click()
    assert "The draft has no changes" in page.inner_text("main")
