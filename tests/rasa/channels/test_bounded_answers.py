"""Of an answer without end no more is read than the bound."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from faq_component.errors import ServiceError
from faq_component.rasa import patches
from faq_component.rasa.channels import bounded_answers
from faq_component.rasa.channels.api import ApiError, PlatformApi
from faq_component.rasa.remote.client import ServiceClient

_BLOCK = 1 << 16


class Endless(ThreadingHTTPServer):
    """Answers without end; counts what it could send. With ``/zip`` it sends few bytes that unpack to many."""

    sent = 0


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        status = 500 if "500" in self.path else 200
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if "zip" in self.path:
            body = gzip.compress(b" " * (64 << 20))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)
            return
        self.end_headers()
        assert isinstance(self.server, Endless)
        with suppress(OSError):
            while self.server.sent < 1 << 30:
                self.wfile.write(b" " * _BLOCK)
                self.server.sent += _BLOCK

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def endless() -> Iterator[Endless]:
    with Endless(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("path", ["webhook", "webhook/500", "webhook/zip"])
def test_the_action_server(endless: Endless, path: str) -> None:
    patches.bound_answers(bounded_answers.BoundedResponse)
    endpoint = EndpointConfig(f"http://127.0.0.1:{endless.server_port}/{path}")
    with pytest.raises((aiohttp.ClientPayloadError, ClientResponseError), match="more than"):
        asyncio.run(endpoint.request(json={}))
    assert endless.sent < bounded_answers.MOST_BYTES + (16 << 20)  # and what the network holds


def test_a_platform(endless: Endless) -> None:
    async def call() -> None:
        api = PlatformApi(f"http://127.0.0.1:{endless.server_port}")
        try:
            await api.call("/message", {})
        finally:
            await api.close()

    with pytest.raises(ApiError, match="ClientPayloadError"):
        asyncio.run(call())
    assert endless.sent < bounded_answers.MOST_BYTES + (16 << 20)


def test_the_service(endless: Endless) -> None:
    client = ServiceClient(f"http://127.0.0.1:{endless.server_port}", 20.0)
    with pytest.raises(ServiceError, match="more than 1048576 bytes"):
        client.post("/v1/recall", {"text": "运费"})
    assert endless.sent < 16 << 20
