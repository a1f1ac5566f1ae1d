"""The other side of the channels: servers that deliver, time out, deliver again and take answers as platforms do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from faq_component.rasa.process.launch import HOST
from tests.servers import free_port


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until it is true, for a minute at most."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


@dataclass(frozen=True)
class Shown:
    """A message as the user sees it; a button is its title, and what pressing it sends."""

    text: str
    buttons: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Request:
    """What is posted to the channel."""

    body: bytes
    query: dict[str, str]
    headers: dict[str, str]


class Platform:
    """A platform's interfaces over real HTTP, and its deliveries to a channel.

    Attributes:
        webhook: the channel's address.
        seconds: how long a response is waited for.
        attempts: how often a message is delivered until it is answered with 200.
        impatient: the first so many deliveries of a message are given up after 0.3 seconds.
        shown: what each user has got.
        problems: what the channel did wrong.
    """

    name = ""
    seconds = 5.0
    attempts = 4
    impatient = 0
    max_age = 300

    def __init__(self, webhook: str = "") -> None:
        self.webhook = webhook
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.shown: dict[str, list[Shown]] = defaultdict(list)
        self.problems: list[str] = []
        self.tokens: list[str] = []
        self.deliveries = 0
        self.refuse_sending = 0  # so many calls get 503
        self._ids = itertools.count(time.time_ns())  # another in each run of the tests
        self._openssl = ThreadPoolExecutor(4)

    def __enter__(self) -> Platform:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.do(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def do(self, coroutine: Coroutine[Any, Any, Any], seconds: float = 300) -> Any:
        """Run it in the platform's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def say(self, user: str, text: str, count: int = 1) -> list[Shown]:
        """What the user is shown after writing a text: `count` messages at least."""
        before = len(self.shown[user])
        self.do(self.deliver(user, text))
        return self.wait_for(user, before, count)

    def press(self, user: str, key: Any, count: int = 1) -> list[Shown]:
        """What the user is shown after pressing a button."""
        before = len(self.shown[user])
        self.do(self.deliver_press(user, key))
        return self.wait_for(user, before, count)

    def wait_for(self, user: str, before: int, count: int) -> list[Shown]:
        wait_until(lambda: len(self.shown[user]) >= before + count)
        return self.shown[user][before:]

    async def deliver(self, user: str, text: str, message_id: str | None = None) -> int:
        """Deliver a message until the channel takes it; returns the last status."""
        return await self._deliver(user, await self.aside(self.message, user, text, message_id or self.new_id()))

    async def deliver_at_once(self, user: str, texts: list[str]) -> None:
        """Deliver messages in one go, each once and over a connection of its own; they arrive in this order."""
        address = urlsplit(self.webhook)
        requests = [
            await self.aside(self.sign, await self.aside(self.message, user, text, self.new_id())) for text in texts
        ]
        connections = [await asyncio.open_connection(address.hostname, address.port) for _ in requests]
        for request, (_, writer) in zip(requests, connections, strict=True):
            headers = {"Host": address.netloc, "Connection": "close", "Content-Length": len(request.body)}
            lines = [f"POST {address.path}?{urlencode(request.query)} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in {**headers, **request.headers}.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + request.body)

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
            if head.split(b" ")[1] != b"200":
                self.problems.append(f"a message was refused: {head!r}")
            async with self.arriving:
                await self.aside(self.take_response, user, body)

        await asyncio.gather(*(take(*each) for each in connections))

    async def deliver_press(self, user: str, key: Any) -> int:
        """Deliver the press of a button; by default a text."""
        return await self.deliver(user, key)

    def message(self, user: str, text: str, message_id: str) -> dict[str, Any]:
        """The content of a message, which `sign` makes a request of."""
        raise NotImplementedError

    def sign(self, content: Any, now: float | None = None) -> Request:
        """A request with this content, signed anew."""
        raise NotImplementedError

    def sign_body(self, body: bytes) -> Request:
        """A request with this body as it is."""
        raise NotImplementedError

    def forgeries(self, good: Request, content: Any) -> Iterator[Request]:
        """Requests that others than the platform could make."""
        raise NotImplementedError

    def broken(self, user: str) -> Iterator[Any]:
        """Contents that lack something, or have another shape."""
        raise NotImplementedError

    def credentials(self) -> dict[str, Any]:
        """The channel's section of credentials.yml."""
        raise NotImplementedError

    def secrets(self) -> list[str]:
        """What must not be in any log."""
        raise NotImplementedError

    def messages(self, count: int) -> int:
        """As how many messages the user is shown so many of the bot."""
        return count

    def take_response(self, user: str, body: bytes) -> None:
        """What the channel has responded with 200."""

    def routes(self) -> list[web.RouteDef]:
        """The platform's interfaces."""
        raise NotImplementedError

    def new_id(self) -> str:
        return f"{next(self._ids)}"

    def new_token(self) -> str:
        self.tokens.append(secrets.token_hex(24))
        return self.tokens[-1]

    async def aside(self, function: Any, *arguments: Any) -> Any:
        """Run what starts openssl beside the loop."""
        return await self._loop.run_in_executor(self._openssl, function, *arguments)

    async def post(self, request: Request, seconds: float | None = None) -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=seconds or self.seconds)
        async with self.session.post(
            self.webhook, data=request.body, params=request.query, headers=request.headers, timeout=timeout
        ) as response:
            return response.status, await response.read()

    async def _deliver(self, user: str, content: Any) -> int:
        for attempt in range(self.attempts):
            request = await self.aside(self.sign, content)
            self.deliveries += 1
            with contextlib.suppress(asyncio.TimeoutError, aiohttp.ClientError):
                status, body = await self.post(request, 0.3 if attempt < self.impatient else None)
                if status == 200:
                    async with self.arriving:
                        await self.aside(self.take_response, user, body)
                    return status
        return 0

    async def _start(self) -> None:
        self.arriving = asyncio.Lock()  # what arrives is shown in this order, however long it takes to read
        # A connection for each message, as of a platform with many servers.
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        application = web.Application()
        application.add_routes(self.routes())
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()

    async def _stop(self) -> None:
        await self.session.close()
        await self._runner.cleanup()
        self._openssl.shutdown()

    def refused(self) -> bool:
        """Whether this call is one of those that get 503."""
        self.refuse_sending -= 1
        return self.refuse_sending >= 0
