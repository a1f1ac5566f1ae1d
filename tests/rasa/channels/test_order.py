"""A user's quick messages do not change places, however long each of them takes."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from faq_component.rasa.channels.handled import Handled
from faq_component.rasa.channels.inbox import Inbox
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.components.admission import Admission
from faq_component.rasa.components.memory_locks import MemoryLocks

SENDERS = ("li", "wang", "zhao")
COUNT = 30


def test_in_the_inbox_of_a_messenger(tmp_path: Path) -> None:
    async def play() -> dict[str, list[int]]:
        handled: dict[str, list[int]] = {sender: [] for sender in SENDERS}
        draw = random.Random(1)

        async def handle(incoming: Incoming, delivery: None) -> None:
            for _ in range(draw.randrange(20)):
                await asyncio.sleep(0)
            handled[incoming.sender].append(int(incoming.id))

        inbox: Inbox[None] = Inbox(
            "test", handle, lambda: None, redeliveries=0, seconds=1, handled=Handled("test", tmp_path)
        )
        for number in range(COUNT):
            for sender in SENDERS:
                inbox.put(Incoming(str(number), sender, "晚安"))
            await asyncio.sleep(0)
        await inbox.close(60)
        return handled

    assert asyncio.run(play()) == {sender: list(range(COUNT)) for sender in SENDERS}


def test_under_the_lock_of_a_conversation() -> None:
    async def play() -> dict[str, list[int]]:
        handled: dict[str, list[int]] = {sender: [] for sender in SENDERS}
        locks, admit, draw = MemoryLocks(), Admission(), random.Random(1)

        async def handle(message: UserMessage) -> None:
            async with locks.lock(message.sender_id):
                await asyncio.sleep(draw.random() / 1000)
                handled[message.sender_id].append(int(message.text or ""))

        tasks = []
        for number in range(10):
            for sender in SENDERS:
                message = UserMessage(str(number), CollectingOutputChannel(), sender)
                tasks.append(asyncio.ensure_future(admit(message, handle)))
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return handled

    assert asyncio.run(play()) == {sender: list(range(10)) for sender in SENDERS}
