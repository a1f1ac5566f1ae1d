"""A handover in each channel: a person's words reach the user, or the user is told that none can."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import PLATFORMS, Platform
from tests.rasa.channels.posting import ChannelsBot, post
from tests.rasa.channels.test_programs import BEARER
from tests.rasa.inbox_page import api, known, new_handover
from tests.servers import new_sender

REACHED = {"rocketchat", "slack", "telegram", "facebook", "twilio", "webexteams", "callback"}


def wait_for(platforms: FakePlatforms, place: str, since: int, said: Callable[..., str], words: tuple[str, ...]) -> str:
    """Wait until one of these words is sent to a place; return all that was sent there."""
    count = 1
    while True:
        calls = platforms.sent(place, count, since)
        texts = "\n".join(said(call) or "" for call in calls)
        if any(word in texts for word in words):
            return texts
        count = len(calls) + 1


def play(channels: ChannelsBot, platforms: FakePlatforms, platform: Platform) -> None:
    before, since = known(channels), len(platforms.calls)
    assert post(channels, platform.channel, platform.message("转人工客服", platforms)) in {200, 204}
    words = ("正在为您转接", "没法为您转接")
    said = wait_for(platforms, platform.place, since, platform.said, words)
    assert ("正在为您转接" in said) == (platform.channel in REACHED), said
    if platform.channel not in REACHED:
        assert known(channels) == before
        return
    number, since = new_handover(channels, before), len(platforms.calls)
    assert api(channels, f"/{number}/messages", {"text": "您好，我是客服", "person": ""})[0] == 200
    wait_for(platforms, platform.place, since, platform.said, ("您好，我是客服",))
    assert api(channels, f"/{number}/end", {})[0] == 200
    wait_for(platforms, platform.place, since, platform.said, ("把会话交还给我",))


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.channel)
def test_each_platform(channels: ChannelsBot, platforms: FakePlatforms, platform: Platform) -> None:
    play(channels, platforms, platform)


def test_the_callback_whose_receiver_is_away_for_a_while(channels: ChannelsBot, platforms: FakePlatforms) -> None:
    sender = new_sender()

    def request(text: str, _: FakePlatforms) -> tuple[dict[str, str], bytes]:
        return BEARER, json.dumps({"sender": sender, "message": text}).encode()

    def said(call: object) -> str:
        return str(call.body.get("text", ""))  # type: ignore[attr-defined]

    callback = Platform("callback", "/callback", request, said, lambda given: given, lambda _: ({}, b""), [])
    play(channels, platforms, callback)
    before = known(channels)
    assert post(channels, "callback", request("转人工客服", platforms)) == 200
    number, since = new_handover(channels, before), len(platforms.calls)
    platforms.failing[:] = [503] * 5  # more than the channel itself tries
    assert api(channels, f"/{number}/messages", {"text": "还在吗", "person": ""})[0] == 200
    assert [said(call) for call in platforms.sent("/callback", 6, since)] == ["还在吗"] * 6
    assert api(channels, f"/{number}/end", {})[0] == 200
    wait_for(platforms, "/callback", since, said, ("把会话交还给我",))


def test_words_in_slack_go_to_the_channel_in_which_a_person_was_asked_for(
    channels: ChannelsBot, platforms: FakePlatforms
) -> None:
    before, since, place = known(channels), len(platforms.calls), "/slack.com/api/chat.postMessage"
    slack = next(platform for platform in PLATFORMS if platform.channel == "slack")
    asked = json.loads(slack.message("转人工客服", platforms)[1])
    user, where = new_sender(), {"type": "app_mention", "channel": "C0GENERAL", "channel_type": "channel"}
    asked["event"].update(where, user=user)
    assert post(channels, "slack", slack.signed(asked)) == 200
    wait_for(platforms, place, since, slack.said, ("正在为您转接",))
    number, since = new_handover(channels, before), len(platforms.calls)
    assert api(channels, f"/{number}/messages", {"text": "您好，我是客服", "person": ""})[0] == 200
    (call,) = platforms.sent(place, 1, since)
    assert (call.body["channel"], call.body["text"]) == ("C0GENERAL", "您好，我是客服")
    assert api(channels, f"/{number}/end", {})[0] == 200
    wait_for(platforms, place, since, slack.said, ("把会话交还给我",))
