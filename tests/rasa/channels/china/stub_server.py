"""A channel in a real Sanic server, in front of a function instead of Rasa, for what needs other settings."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar, cast

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Sanic

from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.china.platforms import Platform
from tests.servers import free_port

Connected = TypeVar("Connected", bound=Platform)
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
        server = await self._app.create_server(host=HOST, port=self.port, return_asyncio_server=True, access_log=False)
        self._server = cast(Any, server)  # whose methods Sanic has not typed
        await self._server.startup()
        await self._server.start_serving()

    async def _stop(self) -> None:
        await self._server.before_stop()
        await self._server.close()
        for connection in list(self._server.connections):
            connection.abort()


@contextmanager
def connected(platform: Connected, kind: type[Any], bot: Bot, **settings: Any) -> Iterator[Connected]:
    """The platform, in front of a channel of this kind and a bot; there must be no problems afterwards."""
    with StubServer(kind.from_credentials({**platform.credentials(), **settings}), bot) as server:
        platform.webhook = server.webhook
        with platform:
            yield platform
    assert platform.problems == []


class OfferingBot:
    """Offers two buttons, and remembers who said what."""

    buttons = ({"title": "要 & 买", "payload": "/yes"}, {"title": "否", "payload": "/no"})

    def __init__(self) -> None:
        self.said: list[tuple[str, str | None]] = []

    async def __call__(self, message: UserMessage) -> None:
        self.said.append((message.sender_id, message.text))
        said = {"text": "要吗？\n选：", "buttons": list(self.buttons)}
        await message.output_channel.send_response(message.sender_id, said)
