"""The FAQ is edited while people talk to the real Rasa and its action server; `benchmarks.live` does more of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.live import play
from faq_component.faq import load_faq
from tests.servers import Bot, copy_checkout, new_sender


@pytest.fixture(scope="module")
def checkout(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("live") / "checkout")


@pytest.fixture(scope="module")
def live_bot(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("servers"), checkout) as running:
        yield running


def test_edits_are_live_and_no_reply_fails_or_mixes_versions(live_bot: Bot, checkout: Path) -> None:
    seconds, replies = play(live_bot, checkout / "data/faq", 8)
    assert len(seconds) == 8
    assert replies.wrong == []
    assert replies.right > 8


def test_a_new_topic_is_answered_asked_back_about_and_picked(live_bot: Bot, checkout: Path) -> None:
    topics = {
        "空气炸锅保修": {"post": ["空气炸锅保修多久", "空气炸锅坏了怎么保修"], "resp": ["空气炸锅保修两年。"]},
        "空气炸锅清洗": {"post": ["空气炸锅怎么清洗", "炸锅里面脏了怎么洗"], "resp": ["放凉后用温水擦洗。"]},
    }
    (checkout / "data/faq/new.json").write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    wait_for(live_bot, "空气炸锅保修多久", "空气炸锅保修两年。")
    sender = new_sender()
    asked = live_bot.say("我想问空气炸锅", sender)[0]
    assert asked["text"] == "您是不是想问："
    button = next(button for button in asked["buttons"] if button["title"] == "空气炸锅清洗")
    assert live_bot.say(button["payload"], sender)[0]["text"] == "放凉后用温水擦洗。"


def test_a_faulty_edit_is_reported_and_the_faq_before_it_answers(live_bot: Bot, checkout: Path) -> None:
    good = (checkout / "data/faq/chitchat.json").read_bytes()
    answers = set(load_faq(checkout / "data/faq").by_id["good_night"].responses)
    (checkout / "data/faq/chitchat.json").write_bytes(good[:-10])
    said = wait_for_status(checkout, "older", 2)
    assert "not JSON" in said
    assert "go on with the version before" in said
    assert live_bot.say("10点了，我要睡觉了", new_sender())[0]["text"] in answers
    (checkout / "data/faq/chitchat.json").write_bytes(good)
    wait_for_status(checkout, "the newest", 2)


def wait_for_status(checkout: Path, words: str, count: int) -> str:
    """What `faq status` says once it has these words so often: for Rasa and for the action server."""
    command = [sys.executable, "-m", "faq_component.cli", "status"]
    deadline = time.monotonic() + 30
    while True:
        said = subprocess.run(command, capture_output=True, text=True, cwd=checkout, check=False).stdout
        if said.count(words) == count:
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


def wait_for(bot: Bot, question: str, answer: str) -> None:
    deadline = time.monotonic() + 30
    while (said := bot.say(question, new_sender())[0]["text"]) != answer:
        assert time.monotonic() < deadline, said
        time.sleep(0.3)
