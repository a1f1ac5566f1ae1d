"""WeChat's own ways: its published example, time-outs, redeliveries, and accounts without customer-service messages."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from contextlib import AbstractContextManager
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from sanic.request import Request
from sanic.response import HTTPResponse

from faq_component.rasa.channels import WeChat
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.channels.passive_reply import PassiveReply
from faq_component.rasa.channels.webhook import RefusalError
from faq_component.rasa.channels.wechat_cipher import WeChatCipher
from tests.rasa.channels.china.platforms import Shown, wait_until
from tests.rasa.channels.china.stub_server import Bot, connected
from tests.rasa.channels.china.wechat_platform import WeChatPlatform

# Published with Tencent's sample code, for WeCom and official accounts alike.
PUBLISHED = {
    "token": "QDG6eK",
    "aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "receiver": "wx5823bf96d3bd56c7",
}
ENCRYPTED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
FOREVER = 1e10


class Query:
    def __init__(self, **args: str) -> None:
        self.args = args


def test_the_published_message_is_accepted_and_decrypted() -> None:
    cipher = WeChatCipher(**PUBLISHED)
    query: Any = Query(
        msg_signature="477715d11cdb4164915debcba66cb864d751f3e6", timestamp="1409659813", nonce="1372623149"
    )
    assert cipher.check(query, FOREVER, encrypted=ENCRYPTED)
    assert "<Content><![CDATA[hello]]></Content>" in cipher.decrypt(ENCRYPTED)


def test_the_published_check_of_the_address_is_decrypted() -> None:
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    query: Any = Query(
        msg_signature="5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", timestamp="1409659589", nonce="263014780"
    )
    cipher = WeChatCipher(**PUBLISHED)
    assert cipher.check(query, FOREVER, encrypted=echo)
    assert cipher.decrypt(echo) == "1616140317555161061"


def test_a_message_for_another_account_is_refused() -> None:
    with pytest.raises(RefusalError, match="another receiver"):
        WeChatCipher(**{**PUBLISHED, "receiver": "wx0000000000000000"}).decrypt(ENCRYPTED)


async def echo(message: UserMessage) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": f"<{message.text}> ]]> & 好"})


def answer_after(seconds: float, handled: list[str]) -> Bot:
    async def bot(message: UserMessage) -> None:
        handled.append(message.text or "")
        await asyncio.sleep(seconds)
        await echo(message)

    return bot


class Counting(WeChat):
    """Counts the deliveries that have reached the channel."""

    arrived = 0

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: PassiveReply) -> HTTPResponse:
        type(self).arrived += 1
        return await super().acknowledge(request, incoming, delivery)


@pytest.fixture
def counting() -> type[Counting]:
    Counting.arrived = 0
    return Counting


def answer_second_delivery(handled: list[str]) -> Bot:
    async def bot(message: UserMessage) -> None:
        handled.append(message.text or "")
        while Counting.arrived < 2:
            await asyncio.sleep(0.01)
        await echo(message)

    return bot


def wechat(
    bot: Bot = echo, *, encrypted: bool = True, kind: type[WeChat] = WeChat, **settings: Any
) -> AbstractContextManager[WeChatPlatform]:
    return connected(WeChatPlatform(encrypted=encrypted), kind, bot, **settings)


@pytest.mark.parametrize("encrypted", [True, False])
def test_an_answer_in_time_is_the_response(encrypted: bool) -> None:
    with wechat(encrypted=encrypted) as platform:
        assert platform.say("u", "在吗") == [Shown("<在吗> ]]> & 好")]
        assert (platform.passive, platform.by_service) == (1, 0)


def test_a_late_answer_is_a_customer_service_message() -> None:
    handled: list[str] = []
    with wechat(answer_after(0.5, handled), reply_seconds=0.1) as platform:
        assert platform.say("u", "在吗") == [Shown("<在吗> ]]> & 好")]
        assert (platform.passive, platform.by_service, platform.deliveries, handled) == (0, 1, 1, ["在吗"])


def test_a_message_delivered_again_is_answered_once() -> None:
    handled: list[str] = []
    with wechat(answer_after(0.3, handled)) as platform:

        async def twice() -> None:
            message_id = platform.new_id()
            await asyncio.gather(*(platform.deliver("u", "在吗", message_id) for _ in range(2)))
            await platform.deliver("u", "在吗", message_id)

        platform.do(twice())
        assert (handled, platform.shown["u"]) == (["在吗"], [Shown("<在吗> ]]> & 好")])


def test_a_response_that_timed_out_is_given_at_the_redelivery(counting: type[Counting]) -> None:
    handled: list[str] = []
    with wechat(answer_second_delivery(handled), kind=counting) as platform:
        platform.impatient = 1
        assert platform.say("u", "在吗") == [Shown("<在吗> ]]> & 好")]
        assert (handled, platform.deliveries, platform.passive, platform.by_service) == (["在吗"], 2, 1, 0)


@pytest.mark.parametrize("service", [True, False])
def test_an_answer_for_a_connection_that_closed_while_the_server_was_busy_is_not_lost(service: bool) -> None:
    platforms: list[WeChatPlatform] = []

    async def bot(message: UserMessage) -> None:
        await asyncio.sleep(0.1)
        while platforms[0].deliveries < 2:
            time.sleep(0.01)  # the server sees nothing, while the platform gives up
        await echo(message)

    with wechat(bot, customer_service=service) as platform:
        platforms.append(platform)
        platform.impatient = 1
        assert platform.say("u", "在吗") == [Shown("<在吗> ]]> & 好")]
        assert platform.deliveries == 2
        platform.do(asyncio.sleep(0.5))
        assert len(platform.shown["u"]) == 1


def test_a_response_that_did_not_arrive_is_given_again_but_not_to_a_mere_duplicate() -> None:
    async def play() -> list[str | None]:
        reply = PassiveReply(timed_out=0.2)
        first = asyncio.ensure_future(reply.wait(5))
        await asyncio.sleep(0)
        assert reply.give("答")
        given = [await first, await reply.wait(5)]
        await asyncio.sleep(0.3)
        return [*given, await reply.wait(5), await reply.wait(5), reply.take_back()]

    assert asyncio.run(play()) == ["答", None, "答", None, None]


def test_a_delivery_between_the_answer_and_the_turn_of_the_one_that_waits_gets_it_alone() -> None:
    async def play() -> list[str | None]:
        reply = PassiveReply()
        first = asyncio.ensure_future(reply.wait(5))
        await asyncio.sleep(0)
        assert reply.give("答")
        return [await reply.wait(5), await first]

    assert asyncio.run(play()) == ["答", None]


def test_without_customer_service_the_answer_waits_for_the_redelivery(counting: type[Counting]) -> None:
    handled: list[str] = []
    with wechat(answer_second_delivery(handled), kind=counting, customer_service=False) as platform:
        platform.impatient = 1
        assert platform.say("u", "在吗") == [Shown("<在吗> ]]> & 好")]
        assert (handled, platform.deliveries, platform.by_service) == (["在吗"], 2, 0)
        platform.impatient = 0
        assert platform.say("u", "再问") == [Shown("<再问> ]]> & 好")]


def test_without_customer_service_what_missed_all_deliveries_comes_with_the_next_answer() -> None:
    released = threading.Event()

    async def bot(message: UserMessage) -> None:
        while not released.is_set():
            await asyncio.sleep(0.01)
        await echo(message)

    with wechat(bot, customer_service=False, reply_seconds=0.2) as platform:
        platform.impatient = platform.attempts = 3
        platform.do(platform.deliver("u", "慢"))
        assert platform.shown["u"] == []
        platform.impatient = 0
        released.set()
        assert platform.say("u", "快") == [Shown("<慢> ]]> & 好\n\n<快> ]]> & 好")]


def test_a_long_answer_comes_in_parts() -> None:
    async def bot(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "长" * 1500})

    with wechat(bot) as platform:
        assert "".join(shown.text for shown in platform.say("u", "说", 3)) == "长" * 1500
        assert (platform.passive, platform.by_service) == (1, 2)


def test_buttons_are_a_list_and_a_number_presses_one() -> None:
    said: list[str] = []

    async def bot(message: UserMessage) -> None:
        said.append(message.text or "")
        buttons = [{"title": "查订单", "payload": "/order"}, {"title": "找人工", "payload": "/agent"}]
        await message.output_channel.send_response(message.sender_id, {"text": "您要：", "buttons": buttons})

    with wechat(bot) as platform:
        assert platform.say("u", "菜单") == [Shown("您要：\n1. 查订单\n2. 找人工")]
        for answer in ("2", "第一个", "找人工", "3", "别的"):
            platform.say("u", answer)
    assert said == ["菜单", "/agent", "/order", "/agent", "3", "别的"]


def test_quick_messages_are_handled_and_answered_in_order() -> None:
    texts = [str(number) for number in range(40)]
    handled: list[str] = []
    released, draw = threading.Event(), random.Random(1)

    async def bot(message: UserMessage) -> None:
        while not released.is_set():  # by then no request waits: all answers take the same way
            await asyncio.sleep(0.01)
        await asyncio.sleep(draw.random() / 100)
        handled.append(message.text or "")
        await echo(message)

    with wechat(bot, reply_seconds=0.1) as platform:
        platform.do(platform.deliver_at_once("u", texts))
        assert platform.shown["u"] == []
        released.set()
        shown = platform.wait_for("u", 0, len(texts))
        assert handled == texts
        assert [found.text for found in shown] == [f"<{text}> ]]> & 好" for text in texts]
        assert platform.by_service == len(texts)


def test_the_token_is_kept_and_renewed_when_it_has_expired() -> None:
    with wechat(answer_after(0.2, []), reply_seconds=0.1) as platform:
        for _ in range(3):
            platform.say("u", "在吗")
        assert len(platform.tokens) == 1
        platform.last_token = "another program has fetched one"
        assert platform.say("u", "在吗")
        assert len(platform.tokens) == 2
        platform.refuse_sending = 1
        assert platform.say("u", "在吗")


def test_the_token_is_renewed_before_it_expires() -> None:
    with wechat(answer_after(0.2, []), reply_seconds=0.1) as platform:
        platform.expires_in = 1
        platform.say("u", "在吗")
        platform.do(asyncio.sleep(0.6))
        platform.say("u", "在吗")
        assert len(platform.tokens) == 2


def test_an_answer_that_cannot_be_sent_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    with wechat(answer_after(0.3, []), reply_seconds=0.1) as platform:
        platform.app_secret = "changed on the platform"
        platform.do(platform.deliver("u", "一"))
        wait_until(lambda: "keeps an answer" in caplog.text)
        assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
            "The channel wechat keeps an answer for the user's next message: errcode 40125."
        ]
    assert not [secret for secret in platform.secrets() if secret in caplog.text]


@pytest.mark.parametrize(
    ("fields", "settings", "shown"),
    [
        ({"MsgType": "event", "Event": "subscribe"}, {"on_subscribe": "你好"}, ["<你好> ]]> & 好"]),
        ({"MsgType": "event", "Event": "subscribe"}, {}, ["</faq_suggest> ]]> & 好"]),
        ({"MsgType": "event", "Event": "subscribe"}, {"on_subscribe": ""}, []),
        ({"MsgType": "event", "Event": "unsubscribe"}, {}, []),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "/order"}, {}, ["</order> ]]> & 好"]),
        ({"MsgType": "image"}, {"other_messages": "只看文字"}, ["只看文字"]),
        ({"MsgType": "image"}, {"other_messages": ""}, []),
    ],
)
def test_events_and_other_messages(fields: dict[str, str], settings: dict[str, Any], shown: list[str]) -> None:
    with wechat(**settings) as platform:
        message = {"ToUserName": platform.account, "FromUserName": "u", "CreateTime": platform.new_id()}
        assert platform.do(platform._deliver("u", {**message, **fields})) == 200
        assert [found.text for found in platform.shown["u"]] == shown


def test_a_failing_bot_is_one_line_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    async def bot(_: UserMessage) -> None:
        raise ValueError("a secret")

    with wechat(bot) as platform:
        assert platform.do(platform.deliver("u", "在吗")) == 200
        assert platform.shown["u"] == []
    errors = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == ["A message to the channel wechat failed with ValueError."]
