"""The FAQ is edited while people talk to the real Rasa and its action server; `benchmarks.live` does more of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.live import play
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.responses import text_of
from tests.servers import Bot, copy_checkout, new_sender


@pytest.fixture(scope="module")
def checkout(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("live") / "checkout")


@pytest.fixture(scope="module")
def live_bot(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("servers"), checkout) as running:
        yield running


def test_edits_are_live_and_no_reply_fails_or_mixes_versions(live_bot: Bot, checkout: Path) -> None:
    seconds, replies = play(live_bot, checkout / "data/faq", 4)
    assert len(seconds) == 4
    assert replies.wrong == []
    assert replies.right > 8


def test_topics_of_an_excel_file_are_answered_asked_back_about_and_picked(live_bot: Bot, checkout: Path) -> None:
    assert "10 topics added" in faq(checkout, "import", "data/examples/library.xlsx")
    topics = {topic.title: topic for topic in load_faq(checkout / "data/faq").topics}
    wait_for(live_bot, "怎么办借书证", *map(text_of, topics["办借书证"].responses))
    sender = new_sender()
    asked = live_bot.say("借书", sender)[0]
    assert asked["text"] == "您是不是想问："
    button = next(button for button in asked["buttons"] if button["title"] == "办借书证")
    assert live_bot.say(button["payload"], sender)[0]["text"] in topics["办借书证"].responses


def test_a_faulty_edit_is_reported_and_the_faq_before_it_answers(live_bot: Bot, checkout: Path) -> None:
    good = (checkout / "data/faq/chitchat.json").read_bytes()
    answers = set(load_faq(checkout / "data/faq").by_id["good_night"].responses)
    (checkout / "data/faq/chitchat.json").write_bytes(good[:-10])
    said = wait_for_status(checkout, "older", 2)
    assert "not JSON" in said
    assert "running processes keep" in said
    assert live_bot.say("10点了，我要睡觉了", new_sender())[0]["text"] in answers
    (checkout / "data/faq/chitchat.json").write_bytes(good)
    wait_for_status(checkout, "the newest", 2)


def wait_for_status(checkout: Path, words: str, count: int) -> str:
    """What `faq status` says once it has these words so often: for Rasa and for the action server."""
    deadline = time.monotonic() + 30
    while True:
        said = faq(checkout, "status")
        if said.count(words) == count:
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


def faq(checkout: Path, *arguments: str) -> str:
    """What a command of `faq` says."""
    command = [sys.executable, "-m", "faq_component.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=checkout, check=False).stdout


def wait_for(bot: Bot, question: str, *answers: str) -> None:
    deadline = time.monotonic() + 30
    while (said := bot.say(question, new_sender())[0]["text"]) not in answers:
        assert time.monotonic() < deadline, said
        time.sleep(0.3)
