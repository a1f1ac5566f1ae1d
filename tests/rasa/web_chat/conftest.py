from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import Bot

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; Playwright's own browser is a download from elsewhere.

    While it is open, an event loop runs, so that no test of another module can run one.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the extra 'test'")
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed: Debian's package chromium")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_chat(browser: Any) -> Iterator[Callable[..., ChatPage]]:
    """Opens the chat of a bot in a browser of its own; further arguments are those of Playwright's `new_context`."""
    contexts = []

    def open_page(bot: Bot, **settings: Any) -> ChatPage:
        contexts.append(browser.new_context(**{"locale": "zh-CN", **settings}))
        return ChatPage(contexts[-1].new_page(), bot)

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def chat(open_chat: Callable[..., ChatPage], bot: Bot) -> ChatPage:
    return open_chat(bot)
