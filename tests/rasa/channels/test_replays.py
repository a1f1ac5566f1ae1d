"""A request that is sent again, with its signature, is not handled again; a further one is."""

from __future__ import annotations

import pytest

from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import PLATFORMS, Platform
from tests.rasa.channels.posting import post
from tests.rasa.channels.test_platforms import ask
from tests.servers import Bot

SIGNED = [each for each in PLATFORMS if each.channel in {"slack", "telegram", "facebook", "twilio", "mattermost"}]


@pytest.mark.parametrize("platform", SIGNED, ids=[each.channel for each in SIGNED])
def test_a_replay_is_not_answered(channels: Bot, platforms: FakePlatforms, platform: Platform) -> None:
    request = platform.message("运费多少", platforms)
    assert len(ask(channels, platforms, platform, request)) == 1
    since = len(platforms.calls)
    for _ in range(3):
        assert post(channels, platform.channel, request) in {200, 204}
    (answer,) = ask(channels, platforms, platform, platform.message("运费多少", platforms))
    assert "59元" in platform.said(answer)
    said = [call for call in platforms.sent(platform.place, 1, since) if platform.said(call)]
    assert len(said) == 1
