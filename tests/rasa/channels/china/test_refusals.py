"""What is not the platform's, or broken: 4xx, nothing handled, one line in the log, and no secret in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.rasa.channels.china.conftest import ChannelBot
from tests.rasa.channels.china.platforms import Platform, Request
from tests.servers import new_sender

BOMB = '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml>&b;</xml>'


class Refused:
    """Posts, and looks at what the bot has logged and handled since."""

    def __init__(self, platform: Platform, bot: ChannelBot) -> None:
        self.platform, self.bot, self.user = platform, bot, new_sender()
        self.before = bot.log.stat().st_size

    def content(self) -> object:
        return self.platform.message(self.user, "你们发什么快递", self.platform.new_id())

    def post(self, request: Request, status: int) -> None:
        found, _ = self.platform.do(self.platform.post(request, 30))
        assert found == status
        lines = self.lines()
        assert [line for line in lines if f"channel {self.platform.name} was refused with {status}:" in line], lines
        assert len(lines) == 1, lines
        assert not [secret for secret in self.platform.secrets() if secret in "".join(lines)]
        assert self.platform.shown[self.user] == []

    def lines(self) -> list[str]:
        text = self.bot.log.read_bytes()[self.before :].decode()
        self.before = self.bot.log.stat().st_size
        return text.splitlines()


@pytest.fixture
def refused(platform: Platform, channel_bot: ChannelBot) -> Refused:
    return Refused(platform, channel_bot)


def test_wrong_signatures_and_tokens(refused: Refused) -> None:
    good = refused.platform.sign(refused.content())
    for forged in refused.platform.forgeries(good, refused.content()):
        refused.post(forged, 401)


def test_a_stale_timestamp(refused: Refused) -> None:
    for seconds in (-refused.platform.max_age - 60, refused.platform.max_age + 60):
        refused.post(refused.platform.sign(refused.content(), time.time() + seconds), 403)


def test_a_replay(refused: Refused) -> None:
    content = refused.content()
    request = refused.platform.sign(content)
    assert refused.platform.do(refused.platform._deliver(refused.user, content)) == 200
    for _ in range(refused.platform.attempts - 1):  # as often as the platform would
        assert refused.platform.do(refused.platform.post(request, 60))[0] == 200
    assert len(refused.platform.wait_for(refused.user, 0, 1)) == 1
    refused.platform.shown[refused.user].clear()
    refused.lines()
    refused.post(request, 409)
    refused.post(refused.platform.sign(content), 409)


def test_a_huge_body(refused: Refused) -> None:
    request = refused.platform.sign(refused.content())
    refused.post(replace(request, body=request.body + b" " * 2_000_000), 413)


def test_a_body_in_chunks_without_end_is_not_read_on(refused: Refused) -> None:
    async def chunks() -> int:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(2_000):
                yield b" " * 10_000

        request, platform = refused.platform.sign(refused.content()), refused.platform
        try:
            async with platform.session.post(
                platform.webhook, data=endless(), params=request.query, headers=request.headers
            ) as response:
                return response.status
        except OSError:
            return 413  # the connection was closed while we were still sending

    assert refused.platform.do(chunks()) == 413
    assert len(refused.lines()) == 1


@pytest.mark.parametrize("media_type", ["text/html", "application/x-www-form-urlencoded", ""])
def test_a_wrong_content_type(refused: Refused, media_type: str) -> None:
    request = refused.platform.sign(refused.content())
    refused.post(replace(request, headers={**request.headers, "Content-Type": media_type}), 415)


@pytest.mark.parametrize("body", [b"", b"<xml><a></xml>", b'{"a": ', b"[" * 100_000, b"\xff\xfe\x00", b"[]", b"<xml/>"])
def test_broken_bodies(refused: Refused, body: bytes) -> None:
    request = refused.platform.sign_body(body)
    refused.post(request, 400 if request.body == body else 401)


def test_an_entity_bomb(refused: Refused) -> None:
    refused.post(refused.platform.sign_body(BOMB.encode()), 400)


def test_broken_content_that_is_signed(refused: Refused) -> None:
    for content in refused.platform.broken(refused.user):
        refused.post(refused.platform.sign(content), 400)


def test_no_secret_in_the_log(refused: Refused) -> None:
    refused.platform.say(new_sender(), "你好")
    log = refused.bot.log.read_text("utf-8")
    assert not [secret for secret in refused.platform.secrets() if secret in log]
