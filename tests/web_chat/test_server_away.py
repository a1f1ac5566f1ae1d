"""The server goes away and comes back; and the images of an FAQ of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.servers import Bot, copy_checkout
from tests.web_chat.chat_page import ChatPage


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
    own_bot.start_rasa()
    own_bot.wait()
    chat.wait_for_connection()
    (status,) = chat.answers_after(2)
    assert "HW20261105" in status
    assert chat.of("user") == ["帮我查一下订单", "HW20261105"]
    assert chat.of("bot")[1:] == [*asked, status]
    assert chat.page.locator('#messages [data-note]:not([data-note=""])').count() == 0
    assert chat.faults == []
