"""Each platform's own payload, through the connector and the bot, to what the platform is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from faq_component.dialogue.voice import read_voice
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.responses import text_of
from faq_component.usage.suggestions import SUGGESTED, Suggestions
from tests.rasa.channels.fake_platforms import Call, FakePlatforms
from tests.rasa.channels.platforms import (
    PLATFORMS,
    Platform,
    Request,
    botframework_activity,
    botframework_signed,
    facebook_delivery,
    facebook_event,
    mattermost_message,
    telegram_update,
)
from tests.rasa.channels.posting import post
from tests.servers import ROOT, Bot

FAQ = load_faq(ROOT / "data/faq")
GREETING = read_voice(ROOT / "bot/voice/zh.yml").first("greeting")
BEGIN = Suggestions("none").of(FAQ, SUGGESTED)
BY_NAME = {platform.channel: platform for platform in PLATFORMS}
WANTED = "发货前取消订单"
ANSWERS = json.loads((ROOT / "data/faq/shop.json").read_text("utf-8"))[WANTED]["resp"]


def ask(bot: Bot, platforms: FakePlatforms, platform: Platform, request: Request, count: int = 1) -> list[Call]:
    """What the platform is sent that says something."""
    since = len(platforms.calls)
    assert post(bot, platform.channel, request) in {200, 204}
    while True:
        calls = platforms.sent(platform.place, count, since)
        if said := [call for call in calls if platform.said(call)]:
            return said
        count = len(calls) + 1


@pytest.mark.parametrize("platform", PLATFORMS, ids=BY_NAME)
def test_a_question_is_answered(channels: Bot, platforms: FakePlatforms, platform: Platform) -> None:
    (call,) = ask(channels, platforms, platform, platform.message("运费多少", platforms))
    assert "59元" in platform.said(call)


@pytest.mark.parametrize("platform", PLATFORMS, ids=BY_NAME)
def test_a_choice_is_offered_and_taken(channels: Bot, platforms: FakePlatforms, platform: Platform) -> None:
    (call,) = ask(channels, platforms, platform, platform.message("订单怎么取消", platforms))
    assert platform.said(call).startswith("您是不是想问：")
    offered = platform.offered(call)
    if offered:
        titles = [title for title, _ in offered]
        assert WANTED in titles
        assert titles[-1] == "都不是"
        request = dict(offered)[WANTED]()
    else:
        lines = dict(re.findall(r"^(\d)\. (.+)$", platform.said(call), re.MULTILINE))
        assert list(lines.values())[-1] == "都不是"
        assert "faq_pick" not in platform.said(call)
        request = platform.message(next(number for number, title in lines.items() if title == WANTED), platforms)
    (answer,) = ask(channels, platforms, platform, request)
    assert platform.said(answer) in ANSWERS


@pytest.mark.parametrize("platform", PLATFORMS, ids=BY_NAME)
def test_questions_to_begin_with_are_offered_and_taken(
    channels: Bot, platforms: FakePlatforms, platform: Platform
) -> None:
    (call,) = ask(channels, platforms, platform, platform.message("/faq_suggest", platforms))
    assert platform.said(call).startswith(GREETING)
    offered = platform.offered(call)
    if offered:
        assert [title for title, _ in offered] == [question.text for question in BEGIN]
        request = offered[1][1]()
    else:
        lines = re.findall(r"^\d\. (.+)$", platform.said(call), re.MULTILINE)
        assert lines == [question.text for question in BEGIN]
        request = platform.message("2", platforms)
    (answer,) = ask(channels, platforms, platform, request)
    assert platform.said(answer).startswith(tuple(map(text_of, FAQ.by_id[BEGIN[1].topic].responses)))


def _bot_added() -> Request:
    activity = {**botframework_activity(""), "type": "conversationUpdate"}
    return botframework_signed({**activity, "membersAdded": [activity["recipient"]]})


def _telegram_start(text: str) -> Request:
    return BY_NAME["telegram"].message(text, FakePlatforms.__new__(FakePlatforms))


@pytest.mark.parametrize(
    ("channel", "opened"),
    [
        ("telegram", lambda: _telegram_start("/start")),
        ("telegram", lambda: _telegram_start("/start from-the-shop")),
        ("telegram", lambda: _telegram_start("/restart")),
        ("facebook", lambda: facebook_delivery(facebook_event(postback={"payload": "/faq_suggest"}))),
        ("botframework", _bot_added),
    ],
)
def test_who_opens_a_conversation_is_greeted(
    channels: Bot, platforms: FakePlatforms, channel: str, opened: Callable[[], Request]
) -> None:
    platform = BY_NAME[channel]
    (call,) = ask(channels, platforms, platform, opened())
    assert platform.said(call).startswith(GREETING)


@pytest.mark.parametrize("change", [{"conversation": {"id": "19:group", "isGroup": True}}, {"membersAdded": []}])
def test_others_who_join_a_conversation_in_teams_are_not_greeted(
    channels: Bot, platforms: FakePlatforms, change: dict[str, Any]
) -> None:
    activity = {**botframework_activity(""), "type": "conversationUpdate"}
    since = len(platforms.calls)
    request = botframework_signed({**activity, "membersAdded": [activity["recipient"]], **change})
    assert post(channels, "botframework", request) == 200
    assert len(platforms.calls) == since


def test_every_message_of_a_delivery_is_answered(channels: Bot, platforms: FakePlatforms) -> None:
    first = facebook_event(sender={"id": "PSID2"}, message={"mid": "m_1", "text": "晚安"})
    second = facebook_event(sender={"id": "PSID3"}, message={"mid": "m_2", "text": "运费多少"})
    read = facebook_event(read={"watermark": 1})
    since = len(platforms.calls)
    assert post(channels, "facebook", facebook_delivery(read, first, second)) == 200
    answered = [call for call in platforms.sent("/graph", 2, since) if "message" in call.body]
    assert [call.body["recipient"]["id"] for call in answered] == ["PSID2", "PSID3"]


def test_a_trigger_word_is_taken_off_and_no_other(channels: Bot, platforms: FakePlatforms) -> None:
    platform = BY_NAME["mattermost"]
    (call,) = ask(channels, platforms, platform, mattermost_message("@faq 运费多少", "@faq"))
    assert "59元" in platform.said(call)
    (call,) = ask(channels, platforms, platform, mattermost_message("运费 多少"))
    assert "59元" in platform.said(call)


def test_telegram_has_the_webhooks_secret_and_a_pressed_button_is_confirmed(
    channels: Bot, platforms: FakePlatforms
) -> None:
    (call,) = platforms.sent("/api.telegram.org/bot123456:telegram-secret/setWebhook", 1, 0)
    assert call.body["url"] == "https://bot.example/webhooks/telegram/webhook"
    assert len(call.body["secret_token"]) == 64
    assert platforms.sent("/api.telegram.org/bot123456:telegram-secret/answerCallbackQuery", 1, 0)


@pytest.mark.parametrize("update", [{"my_chat_member": {}}, {"message": {"chat": {"id": 42}, "sticker": {}}}])
def test_an_update_without_text_is_taken_and_left(
    channels: Bot, platforms: FakePlatforms, update: dict[str, Any]
) -> None:
    since = len(platforms.calls)
    assert post(channels, "telegram", telegram_update(**update)) == 200
    assert len(platforms.calls) == since


def test_the_bots_name_is_taken_off_in_a_teams_channel(channels: Bot, platforms: FakePlatforms) -> None:
    request = botframework_signed(botframework_activity("<at>FAQ</at> 晚安"))
    since = len(platforms.calls)
    assert post(channels, "botframework", request) == 200
    platforms.sent("/teams.example", 1, since)
    sender = botframework_activity("")["from"]["id"]
    assert channels.latest_message(sender)["text"] == "晚安"
