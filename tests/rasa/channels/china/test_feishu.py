"""Feishu's own ways: its published cipher, the challenge, groups, cards, and sending once."""

from __future__ import annotations

import json
import logging
import time
from contextlib import AbstractContextManager
from typing import Any

import pytest

from faq_component.rasa.channels import Feishu
from faq_component.rasa.channels.feishu import decrypt
from faq_component.rasa.channels.webhook import RefusalError
from tests.rasa.channels.china.feishu_platform import FeishuPlatform
from tests.rasa.channels.china.platforms import Shown, wait_until
from tests.rasa.channels.china.stub_server import Bot, OfferingBot, connected

PUBLISHED = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="  # in Feishu's documentation of the Encrypt Key


def test_the_published_text_is_decrypted() -> None:
    assert decrypt("test key", PUBLISHED) == "hello world"
    for key, text in (("other key", PUBLISHED), ("test key", PUBLISHED[:-4]), ("test key", "你好"), ("test key", "")):
        with pytest.raises(RefusalError):
            decrypt(key, text)


def feishu(bot: Bot, *, encrypted: bool = True, **settings: Any) -> AbstractContextManager[FeishuPlatform]:
    return connected(FeishuPlatform(encrypted=encrypted), Feishu, bot, **settings)


@pytest.mark.parametrize("encrypted", [True, False])
def test_the_challenge_is_answered(encrypted: bool) -> None:
    with feishu(OfferingBot(), encrypted=encrypted) as platform:
        challenge = {"challenge": "ajls384kdjx98XX", "token": platform.verification_token, "type": "url_verification"}
        request = platform.sign_body(
            json.dumps({"encrypt": platform.encrypt(json.dumps(challenge))} if encrypted else challenge).encode()
        )
        request.headers.pop("X-Lark-Signature", None)  # Feishu does not sign it
        status, body = platform.do(platform.post(request))
        assert (status, json.loads(body)) == (200, {"challenge": "ajls384kdjx98XX"})


def test_a_plain_event_with_the_wrong_token_or_an_old_one_is_refused() -> None:
    with feishu(OfferingBot(), encrypted=False) as platform:
        event = platform.message("u", "你好", "1")
        for forged in platform.forgeries(platform.sign(event), event):
            assert platform.do(platform.post(forged))[0] == 401
        assert platform.do(platform.post(platform.sign(event, 1_600_000_000)))[0] == 403
        assert platform.say("u", "你好")


def test_a_plain_event_is_taken_as_long_as_feishu_delivers_it_again() -> None:
    bot = OfferingBot()
    with feishu(bot, encrypted=False) as platform:
        event = platform.message("u", "你好", "1")
        for hours in (6.5, 0):
            assert platform.do(platform.post(platform.sign(event, time.time() - hours * 3600)))[0] == 200
        assert platform.do(platform.post(platform.sign(event, time.time() - 9 * 3600)))[0] == 403
        assert len(platform.wait_for("u", 0, 1)) == 1


def test_a_card_and_its_button() -> None:
    bot = OfferingBot()
    with feishu(bot) as platform:
        (card,) = platform.say("u", "你好")
        assert (card.text, [title for title, _ in card.buttons]) == ("要吗？\n选：", ["要 & 买", "否"])
        platform.press("u", card.buttons[1][1])
        assert bot.said == [("ou_u", "你好"), ("ou_u", "/no")]
        assert platform.sent_to == ["open_id ou_u"] * 2


def test_in_a_group_the_bot_replies_to_whom_mentions_it() -> None:
    bot = OfferingBot()
    group = {"chat_type": "group", "chat_id": "oc_group"}
    mentions = [{"key": "@_user_1", "id": {"open_id": "ou_bot"}, "name": "小答"}]
    with feishu(bot) as platform:
        assert platform.do(platform._deliver("u", platform.message("u", "聊天", "1", **group))) == 200
        event = platform.message("u", "@_user_1  你好", "2", mentions=mentions, **group)
        assert platform.do(platform._deliver("u", event)) == 200
        (card,) = platform.wait_for("om_2", 0, 1)
        platform.do(platform.deliver_press("u", card.buttons[0][1]))
        platform.wait_for("om_574d639e", 0, 1)
        assert bot.said == [("oc_group:ou_u", "你好"), ("oc_group:ou_u", "/yes")]
        assert platform.sent_to == ["reply om_2", "reply om_574d639e"]


def test_what_was_sent_with_a_lost_answer_is_shown_once() -> None:
    with feishu(OfferingBot()) as platform:
        platform.lose_answers = 1
        assert len(platform.say("u", "你好")) == 1
        platform.refuse_sending = 1
        assert len(platform.say("u", "你好")) == 1
        assert len(platform.shown["u"]) == 2


def test_who_opens_the_chat_for_the_first_time_begins() -> None:
    bot, kind = OfferingBot(), "im.chat.access_event.bot_p2p_chat_entered_v1"
    entered = {"chat_id": "oc_1", "operator_id": {"open_id": "ou_u", "user_id": "e33", "union_id": "on_8"}}
    again = {**entered, "last_message_id": "om_1", "last_message_create_time": "1615381552654"}
    with feishu(bot) as platform:
        assert platform.do(platform._deliver("u", platform.event(kind, again))) == 200
        assert platform.do(platform._deliver("u", platform.event(kind, entered))) == 200
        platform.wait_for("u", 0, 1)
        assert bot.said == [("ou_u", "/faq_suggest")]


def test_other_events_and_messages() -> None:
    with feishu(OfferingBot(), other_messages="只看文字") as platform:
        assert platform.do(platform._deliver("u", platform.event("im.chat.updated_v1", {}))) == 200
        image = platform.message("u", "", "3", message_type="image", content='{"image_key": "img"}')
        assert platform.do(platform._deliver("u", image)) == 200
        assert platform.wait_for("u", 0, 1) == [Shown("只看文字")]


def test_an_answer_that_cannot_be_sent_is_one_line_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with feishu(OfferingBot()) as platform:
        platform.app_secret = "changed on the platform"
        platform.do(platform.deliver("u", "一"))
        wait_until(lambda: "could not be sent" in caplog.text)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "An answer could not be sent by the channel feishu: code 10014."
    ]
    assert not [secret for secret in platform.secrets() if secret in caplog.text]
