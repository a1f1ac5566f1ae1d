"""The server goes away and comes back; and the images of an FAQ of one's own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import ROOT, Bot, copy_checkout


@pytest.fixture(scope="module")
def own_bot(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    checkout = copy_checkout(tmp_path_factory.mktemp("web") / "checkout")
    map_of_shop = {"text": "店铺在这里。", "image": "/chat/icon.svg"}
    topics = {"实体店的地图": {"id": "map", "post": ["实体店的地图", "给我看看门店地图"], "resp": [map_of_shop]}}
    (checkout / "data/faq/map.json").write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    with Bot(tmp_path_factory.mktemp("servers"), checkout) as running:
        yield running


def test_an_image_is_shown(open_chat: Callable[..., ChatPage], own_bot: Bot) -> None:
    chat = open_chat(own_bot)
    chat.say("给我看看门店地图")
    image = chat.page.get_by_role("img", name="图片")
    image.wait_for()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_a_form_goes_on_after_a_restart_and_what_was_typed_meanwhile_is_sent_once(
    open_chat: Callable[..., ChatPage], own_bot: Bot
) -> None:
    chat = open_chat(own_bot)
    asked = chat.say("帮我查一下订单")
    own_bot.kill_rasa()
    chat.page.wait_for_selector('#status:text-is("连接断开，正在重连……")')
    chat.page.fill("#text", "HW20261105")
    chat.page.press("#text", "Enter")
    chat.page.wait_for_selector('#messages [data-note="连接恢复后发送"]')
    waiting = chat.page.locator('#messages [data-note="连接恢复后发送"] .bubble')
    assert waiting.all_text_contents() == ["HW20261105"]  # and not what was answered before
    own_bot.start_rasa()
    own_bot.wait()
    chat.wait_for_connection()
    (status,) = chat.answers_after(2)
    assert "HW20261105" in status
    assert chat.of("user") == ["帮我查一下订单", "HW20261105"]
    assert chat.of("bot")[1:] == [*asked, status]
    assert chat.page.locator('#messages [data-note]:not([data-note=""])').count() == 0
    assert chat.faults == []


def test_a_message_without_an_answer_can_be_sent_again_after_a_restart(browser: Any, own_bot: Bot) -> None:
    script = (ROOT / "faq_component/rasa/web_chat/static/connection.js").read_text("utf-8")
    assert "60_000" in script
    page = browser.new_context(locale="zh-CN").new_page()
    impatient = {"body": script.replace("60_000", "500"), "content_type": "text/javascript"}
    page.route("**/connection.js", lambda route: route.fulfill(**impatient))
    chat = ChatPage(page, own_bot)
    os.killpg(own_bot.rasa.pid, signal.SIGSTOP)
    page.fill("#text", "运费多少钱")
    page.press("#text", "Enter")
    page.wait_for_selector(".retry")
    own_bot.kill_rasa()  # which has not seen the message
    page.wait_for_selector('#status:text-is("连接断开，正在重连……")')
    own_bot.start_rasa()
    own_bot.wait()
    chat.wait_for_connection()
    assert len(chat.of("user")) == 1
    page.unroute("**/connection.js")
    page.click(".retry")
    assert "59" in chat.answers_after(1)[0]
    assert chat.faults == []
    page.context.close()
