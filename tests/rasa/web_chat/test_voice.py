"""The real bot: its voice is edited while it runs, and a page asks for English."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import ROOT, Bot, copy_checkout, new_sender


@pytest.fixture(scope="module")
def checkout(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_checkout(tmp_path_factory.mktemp("voice") / "checkout")
    (folder / "bot").unlink()
    shutil.copytree(ROOT / "bot", folder / "bot")
    return folder


@pytest.fixture(scope="module")
def voiced_bot(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("servers"), checkout) as running:
        yield running


def test_an_edit_of_the_voice_is_said_by_rasa_and_by_actions_without_training(voiced_bot: Bot, checkout: Path) -> None:
    sender = new_sender()
    assert voiced_bot.say("好的", sender)[0]["text"] == "好的，还有什么可以帮您？"
    file = checkout / "bot/voice/zh.yml"
    edited = file.read_text("utf-8").replace("好的，还有什么可以帮您？", "行，还有别的吗？")
    file.write_text(edited.replace("您是不是想问：", "哪一个？").replace('"都不是"', '"以上都不是"'), "utf-8")
    os.utime(file)
    assert voiced_bot.say("好的", sender)[0]["text"] == "行，还有别的吗？"
    asked = voiced_bot.say("订单怎么取消", sender)[0]
    assert asked["text"] == "哪一个？"
    assert asked["buttons"][-1]["title"] == "以上都不是"


def test_the_page_in_english_is_answered_in_english(voiced_bot: Bot, open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat(voiced_bot, locale="en-US")
    assert chat.of("bot") == ["Hello, how can I help you?"]
    assert chat.say("订单怎么取消") == ["Did you mean:"]
    assert chat.press("None of these") == ["All right, please ask me again in other words."]
    assert "HW20261105" in chat.say("帮我查一下订单")[0]
    assert chat.say("HW20261105")[0].startswith("Order HW20261105 (")
