"""A channel in a real Sanic server, in front of a function instead of Rasa, for what needs other settings."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Sanic

from faq_component.launch import HOST
from tests.servers import free_port

Bot = Callable[[UserMessage], Awaitable[Any]]


class StubServer:
    def __init__(self, channel: InputChannel, bot: Bot) -> None:
        self.port = free_port()
        self.webhook = f"http://{HOST}:{self.port}/webhooks/{channel.name()}/webhook"
        self._app = Sanic(f"stub_{self.port}", configure_logging=False)
        Sanic.test_mode = True  # Sanic rewrites its own code at a start, which it could not do twice
        self._app.blueprint(channel.blueprint(bot), url_prefix=f"/webhooks/{channel.name()}")

    def __enter__(self) -> StubServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _start(self) -> None:
        self._server = await self._app.create_server(
            host=HOST, port=self.port, return_asyncio_server=True, access_log=False
        )
        await self._server.startup()
        await self._server.start_serving()

    async def _stop(self) -> None:
        await self._server.before_stop()
        await self._server.close()
        for connection in list(self._server.connections):
            connection.abort()
