"""A bot that fails at a message: 500 and one line of the log, whatever Rasa's connector makes of it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import InputChannel, UserMessage

from faq_component.rasa.channels.facebook import Facebook, _Client
from faq_component.rasa.channels.rest import Rest
from faq_component.rasa.channels.webex import Webex
from tests.rasa.channels.china.stub_server import StubServer
from tests.rasa.channels.platforms import JSON, SECRETS, Request, facebook_delivery, facebook_event, webex_signed

ASKED: Request = (JSON, json.dumps({"sender": "li", "message": "晚安"}).encode())


class Failing:
    """A bot that fails at each message but those of `well`; it has said something before, if it is to."""

    def __init__(self, says: str | None = None) -> None:
        self.says = says
        self.asked: list[str] = []

    async def __call__(self, message: UserMessage) -> None:
        self.asked.append(message.sender_id)
        if self.says:
            await message.output_channel.send_text_message(message.sender_id, self.says)
        if message.sender_id != "well":
            raise RuntimeError("a secret")


def send(channel: InputChannel, bot: Failing, request: Request, query: str = "") -> tuple[int, bytes]:
    headers, body = request
    with StubServer(channel, bot) as server:
        posted = urllib.request.Request(server.webhook + query, body, headers)
        try:
            with urllib.request.urlopen(posted, timeout=20) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "faq_component.rasa.channels.webhook"]


def test_rest(caplog: pytest.LogCaptureFixture) -> None:
    status, said = send(Rest(), Failing("一"), ASKED)
    assert (status, json.loads(said)) == (500, {"error": "the message could not be handled"})
    assert lines(caplog) == ["A message to the channel rest failed with RuntimeError."]
    assert send(Rest(), Failing("一"), (JSON, b'{"sender": "well", "message": "a"}'))[0] == 200


def test_a_stream_of_rest_ends() -> None:
    status, said = send(Rest(), Failing("一"), ASKED, "?stream=true")
    assert (status, json.loads(said)["text"]) == (200, "一")
    assert send(Rest(), Failing(), ASKED, "?stream=true")[0] == 500  # nothing had been sent


def test_webex(caplog: pytest.LogCaptureFixture) -> None:
    channel = Webex.from_credentials({"access_token": "t", "webhook_secret": SECRETS["WEBEX_WEBHOOK_SECRET"]})
    message = SimpleNamespace(personId="PERSON", roomId="ROOM", text="晚安")
    channel.api = SimpleNamespace(
        messages=SimpleNamespace(get=lambda _: message), people=SimpleNamespace(me=lambda: SimpleNamespace(id="BOT"))
    )
    assert send(channel, Failing(), webex_signed({"data": {"id": "MESSAGE"}}))[0] == 500
    assert lines(caplog) == ["A message to the channel webexteams failed with RuntimeError."]


def test_facebook_with_a_message_of_several(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Client, "send_action", lambda *_: {})
    channel, bot = Facebook("verify", SECRETS["FACEBOOK_SECRET"], "token"), Failing()
    events: list[dict[str, Any]] = [
        facebook_event(sender={"id": sender}, message={"mid": sender, "text": "晚安"}) for sender in ("li", "well")
    ]
    assert send(channel, bot, facebook_delivery(*events))[0] == 500
    assert bot.asked == ["li", "well"]
    assert lines(caplog) == ["A message to the channel facebook failed with RuntimeError."]
