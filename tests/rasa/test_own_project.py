"""A Rasa project of one's own, with the lines that README.md says, and nothing else of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from faq_component.dialogue.voice import read_voice
from faq_component.rasa.process.launch import quiet_environment
from tests.servers import ROOT, Bot, new_sender

ENCODER = str(ROOT / "models/encoder")
FAQ = {
    "退货": {"post": ["怎么退货", "我想把东西退了", "退货流程是什么"], "resp": ["七天内可以退货。"]},
    "发票": {"post": ["怎么开发票", "发票在哪开", "能开专票吗"], "resp": ["订单页可以开发票。"]},
}
GREETING = {"text": "欢迎光临小店", "buttons": [{"title": "再见", "payload": "/bye"}]}
PHRASES = read_voice("zh").responses
EXAMPLES = {
    "greet": "- 你好\n- 您好\n- 早上好",
    "bye": "- 再见\n- 拜拜\n- 下次聊",
    "book": "- 我要订位\n- 订个座位\n- 帮我留张桌子\n- 想预订一桌",
}
FILES: dict[str, Any] = {
    "config.yml": {
        "recipe": "default.v1",
        "assistant_id": "own",
        "language": "zh",
        "importers": [{"name": "faq_component.rasa.FaqImporter"}],
        "pipeline": [
            {"name": "JiebaTokenizer"},
            {"name": "faq_component.rasa.SentenceFeaturizer", "encoder": ENCODER},
            {"name": "faq_component.rasa.IntentClassifier"},
            {"name": "faq_component.rasa.FaqRecall", "faq": "my_faq", "encoder": ENCODER},
            {"name": "FallbackClassifier", "threshold": 0.05, "ambiguity_threshold": 0.0},
        ],
        "policies": [{"name": "RulePolicy"}, {"name": "faq_component.rasa.ActionServerGuard"}],
    },
    "domain.yml": {
        "version": "3.1",
        "intents": list(EXAMPLES),
        "slots": {
            "name": {"type": "text", "mappings": [{"type": "custom"}]},  # as many bots have, and Python's functions too
            "day": {
                "type": "text",
                "mappings": [
                    {"type": "from_text", "conditions": [{"active_loop": "booking", "requested_slot": "day"}]}
                ],
            },
        },
        "forms": {"booking": {"required_slots": ["day"]}},
        "responses": {
            "utter_greet": [GREETING],
            "utter_bye": [{"text": "下次再来"}],
            "utter_ask_day": [{"text": "订哪一天？"}],
            "utter_booked": [{"text": "订好了：{day}"}],
            "utter_rephrase": [{"text": "那您换句话说"}],  # in place of the package's
        },
    },
    "data/rules.yml": {
        "version": "3.1",
        "rules": [
            *({"rule": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in ("greet", "bye")),
            {"rule": "book", "steps": [{"intent": "book"}, {"action": "booking"}, {"active_loop": "booking"}]},
            {
                "rule": "booked",
                "condition": [{"active_loop": "booking"}],
                "steps": [
                    {"action": "booking"},
                    {"active_loop": None},
                    {"slot_was_set": [{"requested_slot": None}]},
                    {"action": "utter_booked"},
                ],
            },
        ],
    },
    "data/nlu.yml": {"version": "3.1", "nlu": [{"intent": i, "examples": e} for i, e in EXAMPLES.items()]},
    "endpoints.yml": {"action_endpoint": {"url": "${ACTIONS_URL}"}},
    "my_faq/shop.json": FAQ,
}
STORIES = {
    "version": "3.1",
    "stories": [
        {
            "story": "a greeting and a question",
            "steps": [
                {"user": "你好", "intent": "greet"},
                {"action": "utter_greet"},
                {"user": "怎么退货", "intent": "faq"},
                {"action": "action_faq_answer"},
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("actions", "data", "my_faq"):
        (folder / name).mkdir()
    (folder / "actions/__init__.py").touch()
    (folder / "actions/actions.py").write_text("from faq_component.rasa.actions import *\n", "utf-8")
    for name, content in FILES.items():
        text = yaml.safe_dump(content, allow_unicode=True) if name.endswith(".yml") else json.dumps(content)
        (folder / name).write_text(text, "utf-8")
    train(folder)
    return folder


def train(folder: Path) -> None:
    rasa(folder, "train")


def rasa(folder: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "rasa"), *arguments]
    environment = {**quiet_environment(), "LOG_LEVEL": "INFO"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    return output


def report(folder: Path, name: str) -> Any:
    return json.loads((folder / "results" / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def bot(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), checkout=project, endpoints=project / "endpoints.yml") as running:
        yield running


def test_it_answers_from_its_own_faq(bot: Bot) -> None:
    assert bot.say("怎么把东西退掉", new_sender())[0]["text"] == FAQ["退货"]["resp"][0]
    assert bot.say("能开增值税专用发票不", new_sender())[0]["text"] == FAQ["发票"]["resp"][0]
    assert bot.say("明天会下雨吗", new_sender())[0]["text"] in PHRASES["utter_unknown"]


@pytest.mark.parametrize("blank", [" ", "\u200b", "？"])
def test_a_blank_message_is_not_understood(bot: Bot, blank: str) -> None:
    assert bot.say(blank, new_sender())[0]["text"] in PHRASES["utter_unknown"]


def test_its_own_responses_are_said_as_its_domain_has_them(bot: Bot) -> None:
    said = bot.say("你好", new_sender())[0]
    assert (said["text"], said["buttons"]) == (GREETING["text"], GREETING["buttons"])
    assert bot.say("再见", new_sender())[0]["text"] == "下次再来"


def test_a_question_is_answered_inside_its_form_which_goes_on(bot: Bot) -> None:
    sender = new_sender()
    assert [said["text"] for said in bot.say("我要订位", sender)] == ["订哪一天？"]
    answered = [said["text"] for said in bot.say("怎么退货", sender)]
    assert answered == [FAQ["退货"]["resp"][0], "订哪一天？"]
    assert [said["text"] for said in bot.say("星期六晚上", sender)] == ["订好了：星期六晚上"]


def test_without_its_action_server_it_says_so(bot: Bot) -> None:
    bot.actions.stop()
    try:
        assert "出了点小问题" in bot.say("怎么退货", new_sender())[0]["text"]
    finally:
        bot.actions.__enter__()
    assert bot.say("怎么退货", new_sender())[0]["text"] == FAQ["退货"]["resp"][0]


@pytest.mark.slow
def test_cross_validation_measures_its_own_intents(project: Path) -> None:
    rasa(project, "test", "nlu", "--cross-validation", "--folds", "2")
    measured = report(project, "intent_report.json")
    assert {intent: measured[intent]["support"] for intent in EXAMPLES} == {"greet": 3, "bye": 3, "book": 4}
    assert measured["book"]["recall"] >= 0.5


@pytest.mark.slow
def test_split_test_core_and_visualize(project: Path) -> None:
    rasa(project, "data", "split", "nlu", "--training-fraction", "0.5")
    assert {"training_data.yml", "test_data.yml"} <= {file.name for file in (project / "train_test_split").iterdir()}
    rasa(project, "test", "nlu", "--nlu", "train_test_split/test_data.yml")
    assert report(project, "intent_report.json")["accuracy"] > 0.5
    (project / "tests").mkdir()
    (project / "tests/test_stories.yml").write_text(yaml.safe_dump(STORIES, allow_unicode=True), "utf-8")
    rasa(project, "test", "core", "--stories", "tests", "--e2e")
    conversations = report(project, "story_report.json")["conversation_accuracy"]
    assert (conversations["accuracy"], conversations["total"]) == (1.0, 1)
    rasa(project, "visualize")
    assert "utter_greet" in (project / "graph.html").read_text("utf-8")


@pytest.mark.slow
def test_interactive(project: Path) -> None:
    command = str(Path(sys.executable).parent / "rasa")
    environment = {**quiet_environment(), "ACTIONS_URL": "http://127.0.0.1:1/webhook"}
    learning = pexpect.spawn(
        command,
        ["interactive", "--skip-visualization"],
        cwd=str(project),
        env=environment,
        encoding="utf-8",
        timeout=180,
    )
    try:
        learning.expect("Your input ->")
    finally:
        learning.terminate(force=True)
