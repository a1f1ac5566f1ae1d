"""What another process has begun is handled here once that process has ended."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from faq_component.rasa.channels.handled import Handled
from faq_component.rasa.channels.inbox import Inbox
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.channels.webhook import RefusalError


@pytest.mark.parametrize("is_done", [False, True])
def test_a_message_that_its_process_left(tmp_path: Path, is_done: bool) -> None:
    async def play() -> list[object]:
        handled: list[object] = []

        async def handle(incoming: Incoming, delivery: object) -> None:
            handled.append(delivery)

        inbox: Inbox[object] = Inbox(
            "test", handle, object, redeliveries=3, seconds=60, handled=Handled("test", tmp_path)
        )
        incoming, first = Incoming("1", "li", "晚安"), Handled("test", tmp_path)
        first.add("li\n1")
        deliveries = [inbox.put(incoming)]
        await inbox.close(60)
        assert handled == []
        if is_done:
            first.finish("li\n1")
        with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite")) as connection, connection:
            connection.execute("UPDATE deliveries SET started = 1")  # it has ended
        deliveries += [inbox.put(incoming), inbox.put(incoming)]
        await inbox.close(60)
        assert len(set(deliveries)) == 1  # which all wait for the answer
        with pytest.raises(RefusalError):
            inbox.put(incoming)
        return handled

    assert len(asyncio.run(play())) == (0 if is_done else 1)
