"""What is no message is refused with 4xx and one line of the log, handled by nobody, and no secret is written down."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.channels.fake_platforms import FakePlatforms
from tests.channels.platforms import JSON, PLATFORMS, SECRETS, Platform, Request, botframework_signed
from tests.channels.posting import ChannelsBot, post
from tests.servers import HOST

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


@pytest.mark.parametrize("channel", ["slack", "telegram", "rocketchat", "rest", "twilio"])
def test_a_get_is_refused(channels: ChannelsBot, channel: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(f"http://{HOST}:{channels.port}/webhooks/{channel}/webhook", timeout=30)
