"""WeCom's own ways: the check of the address, cards, and long lists of buttons."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from faq_component.rasa.channels import WeCom
from tests.rasa.channels.china.platforms import Shown, wait_until
from tests.rasa.channels.china.stub_server import Bot, connected
from tests.rasa.channels.china.wecom_platform import WeComPlatform


def wecom(bot: Bot, **settings: Any) -> AbstractContextManager[WeComPlatform]:
    return connected(WeComPlatform(), WeCom, bot, **settings)


def offer(count: int, said: list[str], text: str = "您要：") -> Bot:
    async def bot(message: UserMessage) -> None:
        said.append(message.text or "")
        buttons = [{"title": f"第{number}项", "payload": f"/pick_{number}"} for number in range(count)]
        await message.output_channel.send_response(message.sender_id, {"text": text, "buttons": buttons})

    return bot


def test_the_address_is_verified() -> None:
    with wecom(offer(0, [])) as platform:

        async def ask(query: dict[str, str]) -> tuple[int, str]:
            async with platform.session.get(platform.webhook, params=query) as response:
                return response.status, await response.text()

        echo = platform.cipher.encrypt("1616140317555161061")
        query = {**platform.query(echo), "echostr": echo}
        assert platform.do(ask(query)) == (200, "1616140317555161061")
        assert platform.do(ask({**query, "msg_signature": "0" * 40}))[0] == 401
        assert platform.do(ask({}))[0] == 400


def test_a_button_of_a_card_sends_its_payload_and_closes_the_card() -> None:
    said: list[str] = []
    with wecom(offer(3, said)) as platform:
        (card,) = platform.say("u", "菜单")
        assert [title for title, _ in card.buttons] == ["第0项", "第1项", "第2项"]
        platform.press("u", card.buttons[2][1])
        platform.say("u", "好")
        assert said == ["菜单", "/pick_2", "好"]
        assert len(platform.closed) == 1


def test_more_buttons_than_a_card_holds_are_a_list() -> None:
    said: list[str] = []
    with wecom(offer(7, said)) as platform:
        (shown,) = platform.say("u", "菜单")
        assert shown == Shown("您要：\n" + "\n".join(f"{number + 1}. 第{number}项" for number in range(7)))
        platform.say("u", "7")
    assert said == ["菜单", "/pick_6"]


@pytest.mark.parametrize(("text", "shown"), [("长" * 40, ["长" * 40]), ("长" * 200, ["长" * 200, "请选择："])])
def test_a_card_with_a_long_text(text: str, shown: list[str]) -> None:
    with wecom(offer(2, [], text)) as platform:
        assert [found.text for found in platform.say("u", "菜单", len(shown))] == shown
        assert len(platform.shown["u"][-1].buttons) == 2


def test_a_long_text_comes_in_parts() -> None:
    async def bot(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "长" * 1000})

    with wecom(bot) as platform:
        assert "".join(shown.text for shown in platform.say("u", "说", 2)) == "长" * 1000


def test_a_token_that_another_program_has_replaced_is_renewed() -> None:
    with wecom(offer(1, [])) as platform:
        platform.say("u", "一")
        platform.last_token = "another"
        assert platform.say("u", "二")
        assert len(platform.tokens) == 2


def test_an_answer_that_cannot_be_sent_is_one_line_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with wecom(offer(1, [])) as platform:
        platform.secret = "changed on the platform"
        platform.do(platform.deliver("u", "一"))
        wait_until(lambda: "could not be sent" in caplog.text)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "An answer could not be sent by the channel wecom: errcode 40001."
    ]
    assert not [secret for secret in platform.secrets() if secret in caplog.text]
