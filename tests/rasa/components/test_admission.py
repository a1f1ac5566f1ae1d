"""Messages beyond a bound, and those whose conversation cannot be locked, get a polite sentence."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockError

from faq_component.dialogue.voice import read_voice
from faq_component.rasa.components.admission import Admission

SORRY = read_voice("bot/voice/zh.yml").first("utter_unavailable")
SORRY_IN_ENGLISH = read_voice("bot/voice/en.yml").first("utter_unavailable")


def message(**metadata: str) -> UserMessage:
    return UserMessage("运费怎么算", CollectingOutputChannel(), "someone", metadata=metadata)


def test_the_message_beyond_the_bound_is_answered_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        admit, end = Admission(3), asyncio.Event()

        async def handle(each: UserMessage) -> list[str]:
            await end.wait()
            return ["答"]

        waiting = [asyncio.ensure_future(admit(message(), handle)) for _ in range(3)]
        await asyncio.sleep(0)
        for _ in range(5):
            assert [said["text"] for said in await admit(message(), handle)] == [SORRY]
        assert [said["text"] for said in await admit(message(language="en"), handle)] == [SORRY_IN_ENGLISH]
        assert caplog.text.count("3 messages are handled at once") == 1
        end.set()
        assert await asyncio.gather(*waiting) == [["答"]] * 3
        assert await admit(message(), handle) == ["答"]

    asyncio.run(play())


def test_without_the_lock_store_there_is_a_polite_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        admit = Admission()

        async def fail(each: UserMessage) -> None:
            raise LockError("Redis does not answer")

        for _ in range(3):
            assert [said["text"] for said in await admit(message(), fail)] == [SORRY]
        assert caplog.text.count("Redis does not answer") == 1
        assert admit._handled == 0

    asyncio.run(play())


def test_every_message_of_rasa_goes_through_it() -> None:
    from faq_component.rasa.components import faq_recall

    assert faq_recall.FaqRecall is not None
    assert hasattr(Agent.handle_message, "faq_original")
