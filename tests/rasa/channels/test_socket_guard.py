"""Packets that a stranger's socket sends and no page does."""

from __future__ import annotations

import asyncio

import pytest
from socketio import AsyncServer

from faq_component.rasa.channels.socket_guard import guard_socket


@pytest.mark.parametrize("kind", ["5", "6"])
def test_packets_with_attachments_are_dropped(kind: str) -> None:
    """One announced ten billion attachments, each of which would have stayed in memory."""
    server = AsyncServer(async_mode="sanic")
    guard_socket(server, "web_chat", lambda _request: None)

    async def play() -> None:
        receive = server.eio.handlers["message"]
        await receive("session", kind + '9999999999-["user_uttered",{"_placeholder":true,"num":0}]')
        await receive("session", b"\x00" * 900)

    asyncio.run(play())
    assert not server._binary_packet
