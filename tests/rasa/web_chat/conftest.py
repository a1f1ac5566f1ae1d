from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import Bot


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
