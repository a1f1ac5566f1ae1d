"""Who gets a message, the order enquiry or the FAQ, through the trained model: on messages nobody trained on."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.agent import load_agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from actions.orders import order_number_in
from benchmarks.arbitration import IN_FORM, confusion
from faq_component.dialogue.arbitration import is_readable
from faq_component.text import comparison_key

UNREADABLE = ["👍", "😂😂", "。", "？！", "...", "a", "1", "Ａ", "１", "5️⃣", "/nothing", "/affirmative", " / "]


@pytest.mark.filterwarnings("ignore")
def test_few_messages_go_astray_and_an_order_number_never(trained: None) -> None:
    counts, mistakes = confusion()
    assert sum(counts.values()) >= 100
    assert len(mistakes) / sum(counts.values()) < 0.25, mistakes
    # A message with an order number may get either of the enquiry's intents: both fill the form's slot.
    lost = [mistake for mistake in mistakes if mistake[1] == "inform_order_number" and mistake[2] in ("faq", "other")]
    assert not [mistake for mistake in lost if order_number_in(mistake[3])]


@pytest.mark.filterwarnings("ignore")
def test_plain_replies_inside_the_form_never_become_questions(trained: None) -> None:
    replies = [
        "是",
        "是的",
        "嗯",
        "不用了",
        "算了",
        "不查了",
        "不是",
        "没有",
        "HW20261105",
        "hw 20261105",
        "就这个：HW20261105",
    ]
    intents = asyncio.run(intents_inside_the_form(replies))
    assert set(intents.values()) <= {"affirm", "deny", "stop", "inform_order_number", "order_enquiry"}, intents


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read(text: str) -> None:
    assert not is_readable(text, comparison_key(text))


@pytest.mark.parametrize("text", ["是", "嗯。", "ok", "no", "12", "a1", "好👍", "HW20261105", "怎么退货/换货"])
def test_what_can_be_read(text: str) -> None:
    assert is_readable(text, comparison_key(text))


@pytest.mark.filterwarnings("ignore")
def test_no_intent_is_read_from_what_cannot_be_read(trained: None) -> None:
    for events in ([], IN_FORM):
        intents = asyncio.run(intents_of(UNREADABLE, events))
        assert set(intents.values()) <= {"nlu_fallback", "faq_clarify"}, intents
    assert asyncio.run(intents_of(["/affirm"], IN_FORM)) == {"/affirm": "affirm"}


async def intents_inside_the_form(messages: list[str]) -> dict[str, str]:
    return await intents_of(messages, IN_FORM)


async def intents_of(messages: list[str], events: list[Event]) -> dict[str, str]:
    agent = await load_agent(model_path="models")
    tracker = DialogueStateTracker.from_events("test", events)
    parsed = [await agent.processor.parse_message(UserMessage(message), tracker) for message in messages]
    return {message: result["intent"]["name"] for message, result in zip(messages, parsed, strict=True)}
