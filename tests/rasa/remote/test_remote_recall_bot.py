"""A real Rasa that recalls through ``faq serve``: what users read while it is there, hangs, dies, and is back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Bot, free_port, new_sender
from tests.service.processes import Serving, wait_until

UNAVAILABLE = "抱歉，我这边出了点小问题，请稍后再试。"
QUESTION = "10点了，我要睡觉了"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("service"), {"log": "none"}, free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def bot(trained: None, serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """The model of every other test, which loads an encoder unless the environment names a service."""
    with Bot(tmp_path_factory.mktemp("bot"), FAQ_SERVICE_URL=serving.url) as running:
        yield running


def test_there_hanging_killed_and_back(bot: Bot, serving: Serving, tmp_path: Path) -> None:
    sender = new_sender()
    assert not loaded(bot.rasa.pid, "onnxruntime")
    assert not loaded(bot.rasa.pid, "faiss")
    answers = [text(bot, QUESTION), text(bot, "你们发什么快递")]
    assert UNAVAILABLE not in answers
    assert bot.say("查订单", sender)[0]["text"].startswith("请告诉我订单号")

    serving.signal_all(signal.SIGSTOP)
    for _ in range(5):
        assert text(bot, QUESTION) == UNAVAILABLE
    assert bot.say("你们发什么快递", sender)[0]["text"] == UNAVAILABLE
    serving.signal_all(signal.SIGCONT)
    wait_until(lambda: text(bot, QUESTION) != UNAVAILABLE)
    assert "运输中" in bot.say("HW20261105", sender)[-1]["text"]  # the form stayed where it was

    os.killpg(serving.process.pid, signal.SIGKILL)
    for _ in range(5):
        assert text(bot, QUESTION) == UNAVAILABLE
    with Serving(tmp_path, {"log": "none"}, serving.port):
        wait_until(lambda: text(bot, QUESTION) != UNAVAILABLE)
        follow_up = new_sender()
        first = bot.say("怎么退货呀", follow_up)
        second = bot.say("那运费呢？", follow_up)
        assert first[0]["text"] != UNAVAILABLE
        assert bot.latest_message(follow_up)["faq"]["topics"][0] == "return_fee", second


def text(bot: Bot, question: str) -> str:
    said: str = bot.say(question, new_sender())[0]["text"]
    return said


def loaded(pid: int, library: str) -> bool:
    return library in Path(f"/proc/{pid}/maps").read_text("utf-8")
