"""The project of `faq init --new`: it trains, and answers in its language."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.responses import text_of
from faq_component.project.new_project import new_project
from faq_component.rasa.process.launch import quiet_environment
from tests.servers import Bot, new_sender

QUESTIONS = {
    "zh": {
        "opening_hours": "你们早上几点开门呀",
        "returns": "东西不想要了，可以退货吗",
        "delivery_time": "要等几天才到",
    },
    "en": {
        "opening_hours": "at what time do you open",
        "returns": "can I return this",
        "payment": "can I pay by credit card",
    },
}
GREETINGS = {"zh": ("你好", "您好，有什么可以帮您？"), "en": ("hello", "Hello, how can I help you?")}
UNKNOWN = {"zh": "量子力学是什么", "en": "who won the world cup in 1998"}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_trains_and_answers(tmp_path: Path, language: str) -> None:
    project = tmp_path / "shop"
    new_project(project, language)
    rasa = Path(sys.executable).parent / "rasa"
    trained = subprocess.run(
        [rasa, "train"], cwd=project, env=quiet_environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert trained.returncode == 0, (trained.stdout + trained.stderr)[-3000:]
    endpoints = project / "endpoints.yml"
    endpoints.write_text(
        endpoints.read_text("utf-8").replace('"http://127.0.0.1:5055/webhook"', "${ACTIONS_URL}"), "utf-8"
    )
    topics = load_faq(project / "faq").by_id
    with Bot(tmp_path, checkout=project, endpoints=endpoints) as bot:
        greeting, reply = GREETINGS[language]
        assert bot.say(greeting, new_sender())[0]["text"] == reply
        for topic, question in QUESTIONS[language].items():
            assert bot.say(question, new_sender())[0]["text"] == text_of(topics[topic].responses[0])
        unknown = bot.say(UNKNOWN[language], new_sender())[0]["text"]
        assert unknown not in {text_of(topic.responses[0]) for topic in topics.values()}
