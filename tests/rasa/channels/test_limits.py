"""What a platform would refuse or cut: long texts, long titles, long payloads, many choices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from faq_component.dialogue.sent_texts import split_message
from faq_component.rasa.channels.facebook import _Client, _FacebookOutput
from faq_component.rasa.channels.output import LogsSendErrors
from faq_component.rasa.channels.slack import _SlackOutput
from faq_component.rasa.channels.telegram import _TelegramOutput


def buttons(count: int, title: str = "题", payload: str = "/go") -> list[dict[str, Any]]:
    return [{"title": f"{title}{number}", "payload": payload} for number in range(1, count + 1)]


def test_a_text_is_cut_where_it_is_best() -> None:
    assert list(split_message("一二三。四五六。七八", 9)) == ["一二三。四五六。", "七八"]
    assert list(split_message("一二三\n四五六。七八九", 8)) == ["一二三\n四五六。", "七八九"]
    assert list(split_message("一" * 25, 10)) == ["一" * 10, "一" * 10, "一" * 5]
    assert list(split_message("  ", 10)) == []


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    posted: list[dict[str, Any]] = []

    async def post(self: Any, channel: str, **kwargs: Any) -> None:
        posted.append(kwargs)

    monkeypatch.setattr(_SlackOutput, "_post_message", post)
    return posted


@pytest.mark.parametrize("choices", [buttons(6), buttons(2, title="题" * 75), buttons(2, payload="/" + "a" * 2000)])
def test_slack_gets_a_numbered_text_where_buttons_do_not_fit(
    slack: list[dict[str, Any]], choices: list[dict[str, Any]]
) -> None:
    asyncio.run(_SlackOutput("token").send_response("D", {"text": "哪个？", "buttons": choices}))
    assert [one["text"].splitlines()[:2] for one in slack] == [["哪个？", f"1. {choices[0]['title']}"]]
    assert "blocks" not in slack[0]


def telegram(choices: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []

    async def send(self: Any, chat_id: str, text: str, reply_markup: Any = None) -> None:
        sent.append(json.loads(reply_markup.as_json()))

    monkeypatch.setattr(_TelegramOutput, "send_message", send)

    async def play() -> None:
        output = _TelegramOutput("1:token", "secret")
        await output.send_response("42", {"text": "哪个？", "buttons": choices})

    asyncio.run(play())
    return sent[0]


def test_telegram_gets_a_keyboard_of_titles_where_payloads_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = "a" * 64  # as long as a topic's id may be
    markup = telegram(buttons(2, payload=f'/faq_pick{{"topic": "{topic}"}}'), monkeypatch)
    assert [[key["text"] for key in row] for row in markup["keyboard"]] == [["题1"], ["题2"]]
    assert telegram(buttons(2), monkeypatch)["inline_keyboard"]


def facebook(choices: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(_Client, "send", lambda self, payload, *args, **kwargs: sent.append(payload))
    output = _FacebookOutput(_Client("token"))
    asyncio.run(output.send_response("PSID", {"text": "哪个？", "buttons": choices}))
    return sent


def test_facebook_gets_numbers_where_titles_would_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    long = buttons(4, title="题" * 20)
    (message,) = facebook(long, monkeypatch)
    assert message["text"].splitlines()[1] == f"1. {long[0]['title']}"
    assert [reply["title"] for reply in message["quick_replies"]] == ["1", "2", "3", "4"]
    (message,) = facebook(buttons(14), monkeypatch)
    assert "quick_replies" not in message
    assert message["text"].endswith("14. 题14")


def test_an_answer_that_cannot_be_sent_is_logged_without_its_secret(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(LogsSendErrors):
        async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
            raise OSError("https://example.com/?access_token=secret")

    asyncio.run(Failing().send_response("a", {"text": "b"}))
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "An answer in the channel Failing could not be sent: OSError."
    ]
