"""The bot's conversations through each channel: real Rasa, real action server, a platform over real HTTP."""

from __future__ import annotations

import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterable

import pytest

from actions.orders import order_status
from faq_component.dialogue.voice import read_voice
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.knowledge.responses import text_of
from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.china.conftest import ChannelBot
from tests.rasa.channels.china.platforms import Platform, wait_until
from tests.servers import new_sender

VOICE = read_voice("bot/voice/zh.yml")


@pytest.fixture(scope="module")
def faq(in_the_checkout: None) -> Faq:
    return load_faq("data/faq")


def is_one_of(text: str, allowed: Iterable[str]) -> bool:
    return any(one in text for one in allowed)


def test_a_question_of_the_faq(platform: Platform, faq: Faq) -> None:
    (shown,) = platform.say(new_sender(), "你们发什么快递")
    assert shown.text in faq.by_id["choose_courier"].responses
    assert platform.problems == []


@pytest.mark.parametrize("typed", [None, "2", "第二个", "title"])
def test_a_question_back_and_the_choice(platform: Platform, faq: Faq, typed: str | None) -> None:
    user = new_sender()
    (shown,) = platform.say(user, "订单怎么取消")
    titles = [title for title, _ in shown.buttons]
    if not titles:  # a numbered list
        lines = shown.text.splitlines()
        assert (lines[0], lines[-1]) == ("您是不是想问：", VOICE.first("reply_with_number"))
        titles = [line.partition(". ")[2] for line in lines[1:-1]]
        assert [line.partition(". ")[0] for line in lines[1:-1]] == [str(place + 1) for place in range(len(titles))]
    assert titles[-1] == VOICE.first("none_of_these")
    picked = next(topic for topic in faq.topics if topic.title == titles[1])
    if typed is None and shown.buttons:
        (answer,) = platform.press(user, shown.buttons[1][1])
    else:
        (answer,) = platform.say(user, titles[1] if typed == "title" else typed or "2")
    assert answer.text in picked.responses
    assert platform.problems == []


def test_none_of_the_choices(platform: Platform) -> None:
    user = new_sender()
    (shown,) = platform.say(user, "订单怎么取消")
    (answer,) = platform.press(user, shown.buttons[-1][1]) if shown.buttons else platform.say(user, "都不是")
    assert answer.text in VOICE.responses["utter_rephrase"]


def test_the_form_with_an_interruption(platform: Platform, faq: Faq) -> None:
    user, asked = new_sender(), VOICE.responses["utter_ask_order_form_order_number"]
    assert platform.say(user, "查订单")[0].text in asked
    answer = "\n".join(shown.text for shown in platform.say(user, "对了运费多少钱", platform.messages(2)))
    assert is_one_of(answer, map(text_of, faq.by_id["shipping_fee"].responses))
    assert is_one_of(answer, asked)
    (status,) = platform.say(user, "HW20261112")
    assert status.text == order_status("HW20261112", VOICE)
    assert platform.problems == []


def test_what_the_bot_does_not_know(platform: Platform) -> None:
    (shown,) = platform.say(new_sender(), "量子纠缠的贝尔不等式怎么推导")
    assert shown.text in VOICE.responses["utter_unknown"]


def test_the_bot_can_begin_where_the_platform_has_a_way(platform: Platform, channel_bot: ChannelBot) -> None:
    if platform.name == "dingtalk":
        pytest.skip("DingTalk's session webhook comes with a user's message")
    user = new_sender()
    sender = f"ou_{user}" if platform.name == "feishu" else user
    url = f"http://{HOST}:{channel_bot.port}/conversations/{sender}/trigger_intent?output_channel={platform.name}"
    request = urllib.request.Request(url, b'{"name": "order_enquiry"}', {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()
    (shown,) = platform.wait_for(user, 0, 1)
    assert shown.text in VOICE.responses["utter_ask_order_form_order_number"]


def test_a_server_that_hangs_gets_the_message_again_and_answers_once(
    platform: Platform, channel_bot: ChannelBot, faq: Faq
) -> None:
    user, before = new_sender(), platform.deliveries

    def go_on() -> None:
        try:
            wait_until(lambda: platform.deliveries > before + 1)
        finally:
            os.killpg(channel_bot.rasa.pid, signal.SIGCONT)

    os.killpg(channel_bot.rasa.pid, signal.SIGSTOP)
    going_on = threading.Thread(target=go_on)
    going_on.start()
    (shown,) = platform.say(user, "你们发什么快递")
    going_on.join()
    assert shown.text in faq.by_id["choose_courier"].responses
    assert platform.deliveries > before + 1
    time.sleep(1)
    assert len(platform.shown[user]) == 1
