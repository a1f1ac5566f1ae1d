"""REST, callback and SocketIO: their own clients, against the real server."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import socketio

from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import JSON, SECRETS
from tests.rasa.channels.posting import ChannelsBot, post
from tests.servers import ROOT, new_sender

WANTED = "发货前取消订单"
ANSWERS = json.loads((ROOT / "data/faq/shop.json").read_text("utf-8"))[WANTED]["resp"]
BEARER = {**JSON, "Authorization": f"Bearer {SECRETS['CALLBACK_TOKEN']}"}


def body(text: str, sender: str) -> bytes:
    return json.dumps({"sender": sender, "message": text}).encode()


def rest(bot: ChannelsBot, text: str, sender: str) -> list[dict[str, Any]]:
    url = f"http://{HOST}:{bot.port}/webhooks/rest/webhook"
    with urllib.request.urlopen(urllib.request.Request(url, body(text, sender), BEARER), timeout=60) as response:
        answers: list[dict[str, Any]] = json.load(response)
        return answers


def test_rest(channels: ChannelsBot) -> None:
    sender = new_sender()
    (answer,) = rest(channels, "运费多少", sender)
    assert "59元" in answer["text"]
    (offer,) = rest(channels, "订单怎么取消", sender)
    assert offer["text"] == "您是不是想问："
    payloads = {button["title"]: button["payload"] for button in offer["buttons"]}
    assert rest(channels, payloads[WANTED], sender)[0]["text"] in ANSWERS


def callback(bot: ChannelsBot, platforms: FakePlatforms, text: str, sender: str) -> dict[str, Any]:
    since = len(platforms.calls)
    assert post(bot, "callback", (BEARER, body(text, sender))) == 200
    (call,) = platforms.sent("/callback", 1, since)
    assert call.body["recipient_id"] == sender
    return call.body


def test_callback(channels: ChannelsBot, platforms: FakePlatforms) -> None:
    sender = new_sender()
    assert "59元" in callback(channels, platforms, "运费多少", sender)["text"]
    offer = callback(channels, platforms, "订单怎么取消", sender)
    number = [button["title"] for button in offer["buttons"]].index(WANTED) + 1
    assert callback(channels, platforms, str(number), sender)["text"] in ANSWERS


def test_an_answer_that_the_receiver_cannot_take_now_is_sent_again(
    channels: ChannelsBot, platforms: FakePlatforms
) -> None:
    platforms.failing[:] = [503, 502]
    since = len(platforms.calls)
    assert post(channels, "callback", (BEARER, body("运费多少", new_sender()))) == 200
    assert [call.body["text"] for call in platforms.calls[since:]] == [platforms.calls[-1].body["text"]] * 3


def test_an_answer_that_the_receiver_refuses_is_not_sent_again_and_the_conversation_goes_on(
    channels: ChannelsBot, platforms: FakePlatforms
) -> None:
    sender = new_sender()
    platforms.failing[:] = [400]
    since = len(platforms.calls)
    assert post(channels, "callback", (BEARER, body("订单怎么取消", sender))) == 200
    assert len(platforms.calls) == since + 1
    titles = [button["title"] for button in platforms.calls[-1].body["buttons"]]
    assert callback(channels, platforms, str(titles.index(WANTED) + 1), sender)["text"] in ANSWERS


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"input_channel": "socketio"}, 400),
        ({"input_channel": "telegram"}, 400),
        ({"input_channel": "shop"}, 200),
        ({"input_channel": "rest"}, 200),
        ({"metadata": {"shown": "x" * 5_000}}, 413),
        ({"metadata": {"shop": ["gold"]}}, 200),
    ],
)
def test_rest_neither_speaks_for_another_channel_nor_fills_the_conversation(
    channels: ChannelsBot, change: dict[str, Any], status: int
) -> None:
    content = json.dumps({"sender": new_sender(), "message": "晚安", **change}).encode()
    assert post(channels, "rest", ({**JSON, **BEARER}, content)) == status


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def _socket(bot: ChannelsBot, play: Any) -> Any:
    client, answers = socketio.AsyncClient(), asyncio.Queue[Any]()
    client.on("session_confirm", answers.put)
    client.on("bot_uttered", answers.put)
    await client.connect(f"http://{HOST}:{bot.port}", socketio_path="/chat/socket.io", transports=["polling"])
    await client.emit("session_request", {})
    session = await asyncio.wait_for(answers.get(), 30)

    async def say(text: str) -> Any:
        await client.emit("user_uttered", {"message": text, "session_id": session})
        return await asyncio.wait_for(answers.get(), 60)

    try:
        return await play(say, client)
    finally:
        await client.eio.http.close()  # to disconnect would wait for the poll under way


def test_socketio(channels: ChannelsBot) -> None:
    async def play(say: Any, _: Any) -> None:
        answer = await say("运费多少")
        assert "59元" in answer["text"]
        # rasa-webchat shows nothing of a message with other keys.
        assert set(answer) == {"text", "metadata"}
        offer = await say("订单怎么取消")
        assert set(offer) == {"text", "quick_replies", "metadata"}
        payloads = {reply["title"]: reply["payload"] for reply in offer["quick_replies"]}
        assert (await say(payloads[WANTED]))["text"] in ANSWERS

    run(_socket(channels, play))


def test_what_is_no_message_of_the_socket_is_left(channels: ChannelsBot) -> None:
    async def play(say: Any, client: Any) -> None:
        guessed = {"message": "晚安", "session_id": "guessed"}
        for sent in ("晚安", ["晚安"], None, {"message": "晚安"}, guessed, {"message": 5}):
            await client.emit("user_uttered", sent)
        assert "59元" in (await say("运费多少"))["text"]

    run(_socket(channels, play))


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"nonsense", 400), (b"4nonsense", 400), (b'42["user_uttered", {', 400), (b"\xff", 400), (b"4" * 2_000_000, 413)],
    ids=["no packet", "no message", "no JSON", "no text", "too long"],
)
def test_what_is_no_packet_of_the_socket_is_refused(channels: ChannelsBot, data: bytes, status: int) -> None:
    url = f"http://{HOST}:{channels.port}/chat/socket.io/?EIO=4&transport=polling"
    with urllib.request.urlopen(url, timeout=30) as response:
        session = json.loads(response.read().decode()[1:])["sid"]
    lines = len(channels.logged())
    with pytest.raises(urllib.error.HTTPError, match=str(status)):
        urllib.request.urlopen(f"{url}&sid={session}", data, timeout=30)
    assert len(channels.logged()) - lines <= 1  # Rasa leaves out a line that is the same as the one before


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Version": "12"},
        {"Upgrade": "h2c"},
        {"Upgrade": "websocket, websocket"},
        {"Connection": "close"},
        {},
    ],
)
def test_what_is_no_handshake_of_the_socket_is_refused(channels: ChannelsBot, changed: dict[str, str]) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **changed}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((HOST, channels.port), timeout=60) as connection:
        request = f"GET /chat/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n"
        connection.sendall(request.encode())
        status = connection.recv(1024).split(b" ", 2)[1]
    assert status == (b"400" if changed else b"101")


@pytest.mark.parametrize("place", ["/chat/socket.io/?EIO=4&transport=polling&sid=x", "/chat/conversation"])
def test_what_says_it_will_be_too_long_is_refused_before_it_comes(channels: ChannelsBot, place: str) -> None:
    with socket.create_connection((HOST, channels.port), timeout=20) as connection:
        connection.sendall(f"POST {place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n".encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")
