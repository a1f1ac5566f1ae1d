"""What is no message is refused with 4xx and one line of the log, handled by nobody, and no secret is written down."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
import requests

from faq_component.rasa.channels.botframework import BotFramework
from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import JSON, PLATFORMS, SECRETS, Platform, Request, botframework_signed
from tests.rasa.channels.posting import ChannelsBot, post

NAMES = [platform.channel for platform in PLATFORMS]
BEARER = {"Authorization": f"Bearer {SECRETS['CALLBACK_TOKEN']}"}


@pytest.fixture
def refused(channels: ChannelsBot, platforms: FakePlatforms) -> Callable[[str, Request], int]:
    """Sends a request that is to be refused; returns the status."""

    def send(channel: str, request: Request) -> int:
        calls, lines = len(platforms.calls), len(channels.logged())
        status = post(channels, channel, request)
        new = channels.logged()[lines:]
        assert len(new) == 1
        assert f"A request to the channel {channel} was refused with {status}" in new[0]
        assert len(platforms.calls) == calls
        assert not [secret for secret in SECRETS.values() if secret in "\n".join(channels.logged())]
        return status

    return send


@pytest.mark.parametrize("platform", PLATFORMS, ids=NAMES)
def test_what_the_platform_did_not_sign(
    refused: Callable[[str, Request], int], platforms: FakePlatforms, platform: Platform
) -> None:
    assert refused(platform.channel, platform.unsigned(platform.message("晚安", platforms))) == 401


@pytest.mark.parametrize("channel", ["slack", "facebook", "twilio", "webexteams"])
def test_what_was_changed_on_the_way(channels: ChannelsBot, platforms: FakePlatforms, channel: str) -> None:
    headers, body = PLATFORMS[NAMES.index(channel)].message("晚安", platforms)
    calls = len(platforms.calls)
    assert post(channels, channel, (headers, body + (b"&Body=b" if channel == "twilio" else b" "))) == 401
    assert len(platforms.calls) == calls


@pytest.mark.parametrize("channel", [*NAMES, "rest", "callback"])
def test_a_body_that_is_too_long(refused: Callable[[str, Request], int], channel: str) -> None:
    media = "application/x-www-form-urlencoded" if channel == "twilio" else "application/json"
    body = json.dumps({"message": "晚" * 500_000, "text": "a" * 2_000_000}).encode()
    assert refused(channel, ({"Content-Type": media, **BEARER}, body)) == 413


@pytest.mark.parametrize("channel", [name for name in [*NAMES, "rest", "callback"] if name != "twilio"])
@pytest.mark.parametrize("body", [b'{"message": "\xe6\x99', b'["message"]'], ids=["broken", "list"])
def test_what_is_no_json_object(refused: Callable[[str, Request], int], channel: str, body: bytes) -> None:
    assert refused(channel, ({**JSON, **BEARER}, body)) == 400


@pytest.mark.parametrize("channel", [*NAMES, "rest", "callback"])
def test_another_content_type(refused: Callable[[str, Request], int], channel: str) -> None:
    assert refused(channel, ({"Content-Type": "text/plain"}, b'{"message": "a"}')) == 415


@pytest.mark.parametrize(
    ("platform", "shape"),
    [
        pytest.param(one, shape, id=f"{one.channel}-{number}")
        for one in PLATFORMS
        for number, shape in enumerate(one.shapes)
    ],
)
def test_json_of_another_shape(
    channels: ChannelsBot, platforms: FakePlatforms, platform: Platform, shape: object
) -> None:
    calls, lines = len(platforms.calls), len(channels.logged())
    status = post(channels, platform.channel, platform.signed(shape))
    assert status in {400, 401}
    assert len(platforms.calls) == calls
    # Rasa leaves out a line that is the same as the one before.
    assert all("was refused" in line for line in channels.logged()[lines:])
    assert len(channels.logged()) - lines <= 1


@pytest.mark.parametrize("channel", ["rest", "callback"])
@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"message": 5},
        {"message": None, "sender": "a"},
        {"message": "a", "sender": ["a"]},
        {"message": "a", "sender": ""},
        {"message": "a", "sender": "a" * 256},
        {"message": "a", "metadata": "a"},
        {"message": "a", "input_channel": {}},
        {"message": "a" * 10_001},
        {"message": "\ud800"},
    ],
)
def test_rest_of_another_shape(channels: ChannelsBot, platforms: FakePlatforms, channel: str, payload: object) -> None:
    calls = len(platforms.calls)
    assert post(channels, channel, ({**JSON, **BEARER}, json.dumps(payload).encode())) == 400
    assert len(platforms.calls) == calls


def test_a_wrong_bearer_token(refused: Callable[[str, Request], int]) -> None:
    request = {**JSON, "Authorization": "Bearer guessed"}, b'{"message": "a"}'
    assert refused("callback", request) == 401


def test_facebooks_verification(channels: ChannelsBot) -> None:
    url = f"http://{HOST}:{channels.port}/webhooks/facebook/webhook?hub.mode=subscribe&hub.challenge=115820&hub.verify_token="
    with urllib.request.urlopen(url + SECRETS["FACEBOOK_VERIFY"], timeout=30) as response:
        assert response.read() == b"115820"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url + "guessed", timeout=30)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"iss": "https://evil.example"},
        {"exp": time.time() - 3600},
        {"serviceurl": "https://x/"},
    ],
)
def test_a_token_of_bot_framework_for_something_else(
    channels: ChannelsBot, platforms: FakePlatforms, claims: dict[str, object]
) -> None:
    calls = len(platforms.calls)
    payload = {"type": "message", "text": "a", "serviceUrl": "https://teams.example/emea/"}
    assert post(channels, "botframework", botframework_signed(payload, **claims)) == 401
    assert len(platforms.calls) == calls


def test_microsofts_keys_are_got_beside_the_loop_and_once_a_minute_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[threading.Thread] = []
    keys = [{"kid": "key1"}]
    away = False

    def get(url: str, *, timeout: float) -> Any:
        asked.append(threading.current_thread())
        if away:
            raise requests.ConnectionError
        answer = {"jwks_uri": url, "keys": keys}
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: answer)

    async def prepare(*key_ids: str) -> list[bool]:
        """Requests with these keys at the same time; returns which of the keys are known then."""
        asked.clear()
        tokens = [jwt.encode({}, "any key, before it is checked, will do", "HS256", {"kid": one}) for one in key_ids]
        sent: list[Any] = [SimpleNamespace(headers={"Authorization": f"Bearer {token}"}) for token in tokens]
        await asyncio.gather(*(channel.prepare(one) for one in sent))
        return [one in channel.jwt_keys for one in key_ids]

    monkeypatch.setattr("rasa.core.channels.botframework.requests.get", get)
    channel = BotFramework("app-id", "password")

    async def play() -> None:
        nonlocal away
        assert await prepare("key1", "key1") == [True, True]
        assert asked == []
        keys.append({"kid": "key2"})
        assert await prepare("key2", "key2", "forged") == [True, True, False]
        assert len(asked) == 2  # where the keys are, and the keys, for all three
        assert threading.current_thread() not in asked
        keys.append({"kid": "key3"})
        assert await prepare("key3") == [False]
        assert asked == []
        for away in (True, False):
            channel._next_renewal = 0.0  # a minute later
            assert await prepare("key3", "key3") == [not away] * 2
            assert len(asked) == (1 if away else 2)
        channel._next_renewal = channel._keys_until = 0.0  # a day later
        assert await prepare("key3") == [True]
        assert len(asked) == 2

    asyncio.run(play())


@pytest.mark.parametrize("channel", ["slack", "telegram", "rocketchat", "rest", "twilio"])
def test_a_get_is_refused(channels: ChannelsBot, channel: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(f"http://{HOST}:{channels.port}/webhooks/{channel}/webhook", timeout=30)
