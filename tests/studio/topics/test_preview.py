"""Answers as channels show them: the preview says what the real channels send."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from faq_component.dialogue.shown_messages import CHANNELS, shown_messages
from tests.studio.conftest import Page

BUTTONS = [{"title": "办卡", "payload": "/card"}, {"title": "退卡", "payload": "/back"}]


def test_every_channel_has_a_preview_of_every_kind_of_answer() -> None:
    for channel in CHANNELS:
        (text,) = shown_messages({"text": "你好"}, channel)
        assert (text.text, text.buttons) == ("你好", ())
        shown = shown_messages({"text": "选一个", "buttons": BUTTONS, "image": "https://example.org/a.png"}, channel)
        said = "\n".join([*(one.text for one in shown), *(title for one in shown for title in one.buttons)])
        assert "办卡" in said
        assert "退卡" in said
        assert "https://example.org/a.png" in said + "".join(one.image for one in shown)


def test_choices_are_numbered_where_there_are_no_buttons() -> None:
    answer = {"text": "选一个", "buttons": BUTTONS}
    assert [one.text for one in shown_messages(answer, "wechat")] == ["选一个\n1. 办卡\n2. 退卡"]
    assert shown_messages(answer, "socketio")[0].buttons == ("办卡", "退卡")
    assert shown_messages(answer, "twilio")[1].text == "1: 办卡 (/card)"
    many = {"text": "选", "buttons": [{"title": str(one), "payload": "x"} for one in range(7)]}
    assert shown_messages(many, "slack")[0].buttons == ()
    assert shown_messages(many, "wecom")[0].buttons == ()
    assert len(shown_messages(many, "dingtalk")[0].buttons) == 7
    assert len(shown_messages({"text": "一" * 5000}, "telegram")) == 2


@pytest.mark.parametrize("channel", ["rocketchat", "mattermost", "webex", "facebook"])
@pytest.mark.parametrize("buttons", [[], BUTTONS, [{"title": "很" * 30, "payload": "a"}, *BUTTONS]])
def test_the_real_channels_send_the_same_texts(channel: str, buttons: list[dict[str, Any]]) -> None:
    from importlib import import_module

    module = import_module(f"faq_component.rasa.channels.{channel}")
    outputs = [one for name, one in vars(module).items() if name.startswith("_") and name.endswith("Output")]
    kind = outputs[0]
    sent: list[str] = []

    class Recorded(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            self.bot_channel, self.webhook_url, self.token = "c", "https://example.org", "t"

        async def _post(self, body: dict[str, Any]) -> None:
            sent.append(body["message"])

        async def send_quick_replies(self, _recipient: str, text: str, replies: Any, **_more: Any) -> None:
            sent.append(text)

    async def record(self: Any, _recipient: str, text: str, **_more: Any) -> None:
        sent.append(text)

    rasas = [base for base in kind.__mro__ if base.__module__.startswith("rasa.core")]
    parents = [base for base in rasas if "send_text_message" in vars(base)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parents[0], "send_text_message", record)
        message: dict[str, Any] = {"text": "选一个吧", "buttons": [dict(one) for one in buttons]}
        asyncio.run(Recorded().send_response("u", message))
    name = {"webex": "webexteams"}.get(channel, channel)
    assert sent == [one.text for one in shown_messages({"text": "选一个吧", "buttons": buttons}, name)]


def test_the_page_shows_it_and_runs_nothing(page: Page) -> None:
    rich = json.dumps({"text": "<img src=x onerror=alert(1)>", "buttons": BUTTONS}, ensure_ascii=False)
    shown = page.post("/topics/preview", title="x", post=["y"], response=[rich, "好"], preview_channel="wechat")
    assert "<img" not in shown
    assert "1. 办卡" in shown
    other = json.dumps({"text": "a", "channel": "slack"})
    assert "is for another channel" in page.post(
        "/topics/preview", title="x", response=[other], preview_channel="wechat"
    )
    page.post("/topics/preview", 422, title="x", preview_channel="nobody")
