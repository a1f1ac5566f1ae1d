"""A real bot writes what it was asked, and what users said about it, to the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from faq_component.knowledge.checking import load_faq
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from tests.servers import Bot, new_sender


def events_of(file: Path, texts: set[str], enough: Callable[[list[Event]], bool]) -> list[Event]:
    """The events with these texts: both servers write in the background, so they are waited for."""
    deadline = time.monotonic() + 20
    while True:
        found = [event for event in UsageLog(file).events() if event.text in texts]
        if enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def test_an_unknown_question_is_in_the_log_masked(bot: Bot, usage_log: Path) -> None:
    bot.say("拉格朗日乘数法怎么用，我是13800138000", new_sender())
    (event,) = events_of(usage_log, {"拉格朗日乘数法怎么用，我是[手机号]"}, bool)
    assert (event.kind, event.outcome, event.topic) == (Kind.DECISION, "reject", "")
    assert event.topics
    assert event.faq == load_faq("data/faq").fingerprint
    assert usage_log.stat().st_mode & 0o777 == 0o600


def test_choice_and_rating_are_in_the_log_with_the_question(bot: Bot, usage_log: Path) -> None:
    sender, question = new_sender(), "订单怎么取消"
    button = bot.say(question, sender)[0]["buttons"][0]
    bot.say(button["payload"], sender)
    picked = button["payload"].split('"')[3]
    thanks = bot.say(f'/faq_feedback{{"topic": "{picked}", "useful": false}}', sender)
    assert [message["text"] for message in thanks] == ["谢谢您的反馈！是哪里不好呢？"]

    def mine(events: list[Event]) -> list[Event]:
        hashes = {event.conversation for event in events if event.kind is Kind.FEEDBACK and event.topic == picked}
        return [event for event in events if event.conversation in hashes]

    events = mine(events_of(usage_log, {question}, lambda events: len(mine(events)) == 3))
    assert {(event.kind, event.outcome) for event in events} == {
        (Kind.DECISION, "clarify"),
        (Kind.PICK, "picked"),
        (Kind.FEEDBACK, "useless"),
    }
    assert {event.topic for event in events} == {"", picked}


def test_a_follow_up_after_a_rating_is_still_one(bot: Bot) -> None:
    def ask(*messages: str) -> str:
        sender = new_sender()
        said = [bot.say(message, sender) for message in messages][-1][0]
        return " ".join(button["title"] for button in said.get("buttons", [])) or said["text"]

    rating = '/faq_feedback{"topic": "return_how", "useful": true}'
    topic = load_faq("data/faq").by_id["return_fee"]
    for shown in (ask("怎么退货呀", "那运费呢？"), ask("怎么退货呀", rating, "那运费呢？")):
        assert topic.title in shown or shown in topic.responses
