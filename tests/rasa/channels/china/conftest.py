from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.china.dingtalk_platform import DingTalkPlatform
from tests.rasa.channels.china.feishu_platform import FeishuPlatform
from tests.rasa.channels.china.platforms import Platform
from tests.rasa.channels.china.wechat_platform import WeChatPlatform
from tests.rasa.channels.china.wecom_platform import WeComPlatform
from tests.servers import Bot

PLATFORMS = {
    "faq_component.rasa.channels.WeChat": WeChatPlatform,
    "faq_component.rasa.channels.WeCom": WeComPlatform,
    "faq_component.rasa.channels.Feishu": FeishuPlatform,
    "faq_component.rasa.channels.DingTalk": DingTalkPlatform,
}


class ChannelBot(Bot):
    """A bot with these channels, which logs what they refuse."""

    def __init__(self, folder: Path, platforms: dict[str, Platform]) -> None:
        super().__init__(folder)
        self._credentials = folder / "credentials.yml"
        sections = {channel: platform.credentials() for channel, platform in platforms.items()}
        sections["faq_component.rasa.handover.Inbox"] = {}
        self._credentials.write_text(json.dumps(sections), "utf-8")  # JSON is YAML
        for platform in platforms.values():
            platform.webhook = f"http://{HOST}:{self.port}/webhooks/{platform.name}/webhook"
        self.log = folder / "rasa.log"

    def command(self) -> list[str]:
        return [*super().command(), "--credentials", str(self._credentials)]


@pytest.fixture(scope="session")
def platforms() -> Iterator[dict[str, Platform]]:
    """One of each, which the one bot of these tests talks to."""
    with ExitStack() as stack:
        yield {channel: stack.enter_context(kind()) for channel, kind in PLATFORMS.items()}


@pytest.fixture(scope="session")
def channel_bot(
    trained: None, platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChannelBot]:
    """A real Rasa server and a real action server."""
    with ChannelBot(tmp_path_factory.mktemp("channels"), platforms) as running:
        yield running


@pytest.fixture(params=PLATFORMS, ids=lambda channel: channel.rpartition(".")[2])
def platform(request: pytest.FixtureRequest, platforms: dict[str, Platform], channel_bot: ChannelBot) -> Platform:
    """Each platform in turn, connected with the bot."""
    found = platforms[request.param]
    found.problems.clear()
    return found
