"""DingTalk's own ways: session webhooks, groups, and cards whose buttons send a text."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import Any

import pytest

from faq_component.rasa.channels import DingTalk
from tests.rasa.channels.china.dingtalk_platform import DingTalkPlatform
from tests.rasa.channels.china.platforms import Shown
from tests.rasa.channels.china.stub_server import Bot, OfferingBot, connected


def dingtalk(bot: Bot, **settings: Any) -> AbstractContextManager[DingTalkPlatform]:
    return connected(DingTalkPlatform(), DingTalk, bot, **settings)


def test_a_card_whose_button_sends_its_title() -> None:
    bot = OfferingBot()
    with dingtalk(bot) as platform:
        (card,) = platform.say("u", "你好")
        assert card == Shown("要吗？  \n选：", (("要 & 买", "要 & 买"), ("否", "否")))
        platform.press("u", card.buttons[0][1])
        platform.say("u", "2")
        assert bot.said == [("u", "你好"), ("u", "/yes"), ("u", "/no")]
        assert platform.mentioned == [None] * 3


def test_in_a_group_the_bot_mentions_whom_it_answers() -> None:
    bot = OfferingBot()
    with dingtalk(bot) as platform:
        message = platform.message("u", "你好", "1", conversationType="2")
        assert platform.do(platform._deliver("u", message)) == 200
        platform.wait_for("u", 0, 1)
        assert bot.said == [(f"{message['conversationId']}:u", "你好")]
        assert platform.mentioned == [{"atUserIds": ["u"]}]


@pytest.mark.parametrize(
    "webhook",
    ["http://127.0.0.1:1/robot/sendBySession?session=x", "http://{host}@127.0.0.1:1/", "file:///etc/passwd", "{host}"],
)
def test_a_webhook_elsewhere_is_refused(webhook: str) -> None:
    bot = OfferingBot()
    with dingtalk(bot) as platform:
        elsewhere = webhook.format(host=platform.url.removeprefix("http://"))
        message = platform.message("u", "你好", "1", sessionWebhook=elsewhere)
        assert platform.do(platform.post(platform.sign(message)))[0] == 403
        assert bot.said == []


def test_an_expired_webhook_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with dingtalk(OfferingBot()) as platform:
        assert (
            platform.do(platform._deliver("u", platform.message("u", "你好", "1", sessionWebhookExpiredTime=1))) == 200
        )
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "An answer could not be sent by the channel dingtalk: the session webhook has expired."
    ]
    assert not [secret for secret in platform.secrets() if secret in caplog.text]


def test_a_picture() -> None:
    with dingtalk(OfferingBot(), other_messages="只看文字") as platform:
        picture = platform.message("u", "", "1", msgtype="picture", content={"downloadCode": "x"})
        assert platform.do(platform._deliver("u", picture)) == 200
        assert platform.wait_for("u", 0, 1) == [Shown("只看文字")]
