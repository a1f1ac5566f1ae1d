"""Many messages at rising concurrency: none lost, none answered twice, each conversation in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web

from faq_component.knowledge.checking import load_faq
from faq_component.rasa.process.launch import HOST
from tests.servers import ROOT, Bot, free_port, new_sender

STAGES = (1, 4, 16, 64)  # conversations at once
IN_CONVERSATION = 5
PAUSE = 0.02  # seconds from one message of a conversation to the next, whose answer is not waited for
SECONDS = 120  # for the answers of one conversation

COUNTS = [60, pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]

Answers = list[str]
Converse = Callable[[str, Sequence[str]], Awaitable[Answers]]


class CallbackBot(Bot):
    """A bot with the channels of `credentials.yml`, and the callback channel, whose answers go to a port here."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.receiver_port = free_port()
        self._credentials = folder / "credentials.yml"
        written = (ROOT / "credentials.yml").read_text("utf-8")
        callback = {"callback": {"url": f"http://{HOST}:{self.receiver_port}/"}}
        self._credentials.write_text(f"{written}\n{json.dumps(callback)[1:-1]}\n", "utf-8")

    def command(self) -> list[str]:
        return [*super().command(), "--credentials", str(self._credentials)]


@pytest.fixture(scope="module")
def many(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallbackBot]:
    with CallbackBot(tmp_path_factory.mktemp("many")) as running:
        yield running


@contextlib.asynccontextmanager
async def rest(bot: CallbackBot) -> AsyncIterator[Converse]:
    """Each message is a request, whose response holds the answer."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def ask(sender: str, text: str) -> Answers:
            url = f"http://{HOST}:{bot.port}/webhooks/rest/webhook"
            async with client.post(url, json={"sender": sender, "message": text}) as response:
                assert response.status == 200
                return [message["text"] for message in await response.json()]

        async def converse(sender: str, texts: Sequence[str]) -> Answers:
            asked = []
            for text in texts:
                asked.append(asyncio.ensure_future(ask(sender, text)))
                await asyncio.sleep(PAUSE)
            return [answer for answers in await asyncio.gather(*asked) for answer in answers]

        yield converse


@contextlib.asynccontextmanager
async def callback(bot: CallbackBot) -> AsyncIterator[Converse]:
    """Answers are requests of the bot's, to a server here."""
    answers: dict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)

    async def receive(request: web.Request) -> web.Response:
        message = await request.json()
        answers[message["recipient_id"]].put_nowait(message["text"])
        return web.Response()

    receiver = web.Application()
    receiver.router.add_post("/", receive)
    runner = web.AppRunner(receiver)
    await runner.setup()
    await web.TCPSite(runner, HOST, bot.receiver_port).start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def send(sender: str, text: str) -> None:
            url = f"http://{HOST}:{bot.port}/webhooks/callback/webhook"
            async with client.post(url, json={"sender": sender, "message": text}) as response:
                assert response.status == 200

        async def converse(sender: str, texts: Sequence[str]) -> Answers:
            sent = []
            for text in texts:
                sent.append(asyncio.ensure_future(send(sender, text)))
                await asyncio.sleep(PAUSE)
            await asyncio.gather(*sent)
            return await _take(answers[sender], len(texts))

        yield converse
    await runner.cleanup()


@contextlib.asynccontextmanager
async def web_chat(bot: CallbackBot) -> AsyncIterator[Converse]:
    """Each conversation has a connection of Socket.IO, as a page has."""

    async def converse(sender: str, texts: Sequence[str]) -> Answers:
        answers: asyncio.Queue[str] = asyncio.Queue()
        confirmed = asyncio.Event()
        client = socketio.AsyncClient(reconnection=False)
        client.on("bot_uttered", lambda message: answers.put_nowait(message["text"]))
        client.on("session_confirm", lambda _: confirmed.set())
        # The client's WebSocket needs a newer aiohttp than Rasa has; browsers' tests use that.
        await client.connect(f"http://{HOST}:{bot.port}", socketio_path="/chat/socket.io", transports=["polling"])
        await client.emit("session_request", {"session_id": sender})
        await asyncio.wait_for(confirmed.wait(), SECONDS)
        for number, text in enumerate(texts):
            data = {"session_id": sender, "message": text, "metadata": {"id": f"{sender}-{number}"}}
            await client.emit("user_uttered", data)
            await asyncio.sleep(PAUSE)
        taken = await _take(answers, len(texts))
        await client.eio.disconnect(abort=True)  # without waiting for the end of the last poll
        return taken

    yield converse


async def _take(answers: asyncio.Queue[str], count: int) -> Answers:
    """The answers of a conversation, and what comes beyond them within a moment."""
    taken = [await asyncio.wait_for(answers.get(), SECONDS) for _ in range(count)]
    await asyncio.sleep(0.2)
    return taken + [answers.get_nowait() for _ in range(answers.qsize())]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("channel", [rest, callback, web_chat], ids=lambda channel: channel.__name__)
def test_none_lost_none_twice_in_order(many: CallbackBot, channel: Any, count: int) -> None:
    topics = [topic for topic in load_faq("data/faq").topics if all(isinstance(r, str) for r in topic.responses)]
    topic_of = {topic.posts[0]: topic for topic in topics}
    posts = cycle(topic_of)
    conversations = {new_sender(): list(islice(posts, IN_CONVERSATION)) for _ in range(count // IN_CONVERSATION)}

    async def play() -> dict[str, Answers]:
        answers: dict[str, Answers] = {}
        waiting = iter(conversations.items())
        share = len(conversations) // len(STAGES)
        async with channel(many) as converse:
            for place, at_once in enumerate(STAGES):
                stage = list(islice(waiting, share if place + 1 < len(STAGES) else None))
                for first in range(0, len(stage), at_once):
                    talks = stage[first : first + at_once]
                    found = await asyncio.gather(*(converse(*talk) for talk in talks))
                    answers.update(zip((sender for sender, _ in talks), found, strict=True))
        return answers

    answers = asyncio.run(play())
    for sender, asked in conversations.items():
        spoken = many.spoken(sender)
        assert [who for who, _ in spoken] == ["user", "bot"] * len(asked)  # each is answered before the next is handled
        questions, said = [text for _, text in spoken[::2]], [text for _, text in spoken[1::2]]
        for question, answer in zip(questions, said, strict=True):
            assert answer in topic_of[question].responses
        if channel is web_chat:
            assert questions == asked
        else:  # requests on connections of their own may overtake each other on the way
            assert sorted(questions) == sorted(asked)
        if channel is rest:  # each answer has come with its own request
            assert all(answer in topic_of[text].responses for text, answer in zip(asked, answers[sender], strict=True))
        else:
            assert answers[sender] == said
