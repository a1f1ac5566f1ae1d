"""A channel for tests that takes no messages: it leads what Rasa sends to other hosts to the fake platforms."""

from __future__ import annotations

import os
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import aiohttp
import requests
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint

PLATFORMS = "FAKE_PLATFORMS"  # the variable with their address


class Redirect(InputChannel):
    """To be the first in the credentials: others use the network when they are made."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Redirect:
        _redirect()
        return cls()

    def blueprint(self, on_new_message: Any) -> Blueprint:
        return Blueprint("redirect")


def _redirect() -> None:
    send, request = requests.adapters.HTTPAdapter.send, aiohttp.ClientSession._request

    def led_send(self: Any, prepared: Any, *args: Any, **kwargs: Any) -> Any:
        prepared.url = _fake(prepared.url)
        return send(self, prepared, *args, **kwargs)

    async def led_request(self: Any, method: str, url: Any, **kwargs: Any) -> Any:
        return await request(self, method, _fake(str(url)), **kwargs)

    mock.patch.object(requests.adapters.HTTPAdapter, "send", led_send).start()
    mock.patch.object(aiohttp.ClientSession, "_request", led_request).start()


def _fake(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname == "127.0.0.1":
        return url
    return f"{os.environ[PLATFORMS]}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
