"""The bot with all channels, and requests to its webhooks."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

from tests.rasa.channels.platforms import Request
from tests.servers import Bot


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


def post(bot: Bot, channel: str, request: Request) -> int:
    """Send a request to a channel's webhook; returns the status."""
    headers, body = request
    url = f"http://127.0.0.1:{bot.port}/webhooks/{channel}/webhook"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
