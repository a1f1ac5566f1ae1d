"""Many messages at once: none lost, none answered twice, each conversation in order."""

from __future__ import annotations

import asyncio
import random
from itertools import islice

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.checking import Faq, Topic, load_faq
from faq_component.settings import load_settings
from faq_component.types import Outcome
from tests.rasa.channels.china.platforms import Platform
from tests.servers import new_sender

STAGES = (1, 4, 16, 64)  # conversations at once
IN_CONVERSATION = 5
REPEATED = 0.1  # messages that are delivered twice at the same time


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_none_lost_none_twice_in_order(platform: Platform, count: int) -> None:
    faq, chance = load_faq("data/faq"), random.Random(count)
    questions = answered_topics(faq)
    conversations = {new_sender(): chance.sample(questions, IN_CONVERSATION) for _ in range(count // IN_CONVERSATION)}
    platform.do(play(platform, conversations, chance), 1800)
    for user, topics in conversations.items():
        shown = platform.wait_for(user, 0, len(topics))
        assert [answered(faq, found.text) for found in shown] == [topic.id for topic in topics]
    platform.do(asyncio.sleep(0.5))
    assert sum(len(platform.shown[user]) for user in conversations) == count
    assert platform.problems == []


async def play(platform: Platform, conversations: dict[str, list[Topic]], chance: random.Random) -> None:
    """Play the conversations, more and more of them at once."""

    async def converse(user: str, topics: list[Topic]) -> None:
        for topic in topics:
            message_id = platform.new_id()
            text = topic.title
            times = 2 if chance.random() < REPEATED else 1
            deliveries = [platform.deliver(user, text, message_id) for _ in range(times)]
            assert await asyncio.gather(*deliveries) == [200] * times

    waiting = iter(conversations.items())
    share = len(conversations) // len(STAGES)
    for place, at_once in enumerate(STAGES):
        stage = list(islice(waiting, share if place + 1 < len(STAGES) else None))
        for first in range(0, len(stage), at_once):
            await asyncio.gather(*(converse(*one) for one in stage[first : first + at_once]))


def answered_topics(faq: Faq) -> list[Topic]:
    """Those that the bot answers when it is told their title, and does not ask back."""
    assistant = Assistant.over(faq, load_settings())

    def is_answered(topic: Topic) -> bool:
        decision = assistant.decide(topic.title).decision
        is_its_own = decision.outcome is Outcome.ANSWER and decision.hits[0].topic_id == topic.id
        return is_its_own and not topic.options.handoff  # after which the bot says nothing

    return [topic for topic in faq.topics if is_answered(topic)]


def answered(faq: Faq, text: str) -> str | None:
    """The topic of which this is a response."""
    return next((topic.id for topic in faq.topics if text in topic.responses), None)
