"""The bot with all channels, and requests to its webhooks."""

from __future__ import annotations

import contextlib
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import OTHERS, SECRETS, Request
from tests.rasa.channels.redirect import PLATFORMS
from tests.servers import ROOT, Bot


class ChannelsBot(Bot):
    """A bot with the channels of `credentials.yml` in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._credentials = folder / "credentials.yml"

    def command(self) -> list[str]:
        return [*super().command(), "--credentials", str(self._credentials)]

    def logged(self) -> list[str]:
        """The lines of the log so far."""
        return self._log.read_text("utf-8").splitlines()


def all_channels() -> str:
    """`credentials.yml` with every section switched on; the token of REST stays off."""
    written = (ROOT / "credentials.yml").read_text("utf-8")
    return re.sub(r"^# (?=faq_component|  (?!.*REST_TOKEN))", "", written, flags=re.MULTILINE)


@contextlib.contextmanager
def running_with_all_channels(folder: Path, platforms: FakePlatforms) -> Iterator[ChannelsBot]:
    """A real Rasa with all channels, whose platforms are fake."""
    (folder / "credentials.yml").write_text("tests.rasa.channels.redirect.Redirect:\n" + all_channels(), "utf-8")
    environment = {**SECRETS, **OTHERS, "CALLBACK_URL": f"{platforms.url}/callback", PLATFORMS: platforms.url}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        with ChannelsBot(folder) as running:
            yield running


def post(bot: Bot, channel: str, request: Request) -> int:
    """Send a request to a channel's webhook; returns the status."""
    headers, body = request
    url = f"http://127.0.0.1:{bot.port}/webhooks/{channel}/webhook"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
