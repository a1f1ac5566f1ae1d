"""A Rasa project of one's own that takes from this one what README.md says, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
SAID = ("utter_unknown", "utter_rephrase", "utter_feedback_thanks", "utter_unavailable")
GREETING = {"text": "欢迎光临小店", "buttons": [{"title": "再见", "payload": "/bye"}]}


def config() -> dict[str, Any]:
    pipeline = [
        {"name": "JiebaTokenizer"},
        {"name": "faq_component.rasa.SentenceFeaturizer", "encoder": ENCODER},
        {"name": "faq_component.rasa.IntentClassifier"},
        {"name": "faq_component.rasa.FaqRecall", "faq": "my_faq", "encoder": ENCODER},
        {"name": "FallbackClassifier", "threshold": 0.05, "ambiguity_threshold": 0.0},
    ]
    policies = [{"name": "RulePolicy"}, {"name": "faq_component.rasa.ActionServerGuard"}]
    own = {"recipe": "default.v1", "assistant_id": "own", "language": "zh"}
    return {**own, "pipeline": pipeline, "policies": policies}


def rules() -> list[dict[str, Any]]:
    """The FAQ's rules of `bot/`, and two of one's own."""
    ours = yaml.safe_load((ROOT / "bot/rules.yml").read_text("utf-8"))["rules"]
    wanted = [rule for rule in ours if rule["steps"][0].get("intent", "").startswith(("faq", "nlu_fallback"))]
    own = [{"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in ("greet", "bye")]
    return [*own, *(rule for rule in wanted if "order_form" not in json.dumps(rule))]


def domain() -> dict[str, Any]:
    """The FAQ's part of the domain of `bot/`, and one's own."""
    ours = yaml.safe_load((ROOT / "bot/domain.yml").read_text("utf-8"))
    intents = [item for item in ours["intents"] if "".join(item).startswith("faq")]
    actions = {step["action"] for rule in rules() for step in rule["steps"] if "action" in step}
    return {
        "version": "3.1",
        "intents": ["greet", "bye", *intents],
        "entities": ["topic", "useful"],
        "slots": {
            "name": {"type": "text", "mappings": [{"type": "custom"}]},  # as many bots have, and Python's functions too
            **{name: slot for name, slot in ours["slots"].items() if name.startswith("faq")},
        },
        "actions": sorted(name for name in actions if name.startswith("action_faq")),
        "responses": {
            **{name: [{"text": "不该说"}] for name in SAID},  # the voice says these
            "utter_greet": [GREETING],
            "utter_bye": [{"text": "下次再来"}],
        },
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("actions", "data", "my_faq"):
        (folder / name).mkdir()
    for name in ("__init__", "actions"):
        shutil.copy(ROOT / f"actions/{name}.py", folder / "actions")
    shutil.copytree(ROOT / "bot/voice", folder / "bot/voice")
    ours = yaml.safe_load((ROOT / "bot/nlu.yml").read_text("utf-8"))["nlu"]
    faq = next(item["examples"] for item in ours if item.get("intent") == "faq")
    examples = {"greet": "- 你好\n- 您好\n- 早上好", "bye": "- 再见\n- 拜拜\n- 下次聊", "faq": faq}
    files = {
        "config.yml": config(),
        "domain.yml": domain(),
        "data/rules.yml": {"version": "3.1", "rules": rules()},
        "data/nlu.yml": {"version": "3.1", "nlu": [{"intent": i, "examples": e} for i, e in examples.items()]},
        "my_faq/shop.json": FAQ,
    }
    for name, content in files.items():
        text = yaml.safe_dump(content, allow_unicode=True) if name.endswith(".yml") else json.dumps(content)
        (folder / name).write_text(text, "utf-8")
    train(folder)
    return folder


def train(folder: Path) -> None:
    rasa = Path(sys.executable).parent / "rasa"
    done = subprocess.run(
        [rasa, "train"], cwd=folder, env=quiet_environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


@pytest.fixture(scope="module")
def bot(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), checkout=project) as running:
        yield running


def test_it_answers_from_its_own_faq(bot: Bot) -> None:
    assert bot.say("怎么把东西退掉", new_sender())[0]["text"] == FAQ["退货"]["resp"][0]
    assert bot.say("能开增值税专用发票不", new_sender())[0]["text"] == FAQ["发票"]["resp"][0]
    unknown = read_voice(ROOT / "bot/voice/zh.yml").responses["utter_unknown"]
    assert bot.say("明天会下雨吗", new_sender())[0]["text"] in unknown


@pytest.mark.parametrize("blank", [" ", "\u200b", "？"])
def test_a_blank_message_is_not_understood(bot: Bot, blank: str) -> None:
    assert bot.say(blank, new_sender())[0]["text"] in read_voice(ROOT / "bot/voice/zh.yml").responses["utter_unknown"]


def test_its_own_responses_are_said_as_its_domain_has_them(bot: Bot) -> None:
    said = bot.say("你好", new_sender())[0]
    assert (said["text"], said["buttons"]) == (GREETING["text"], GREETING["buttons"])
    assert bot.say("再见", new_sender())[0]["text"] == "下次再来"


def test_without_its_action_server_it_says_so(bot: Bot) -> None:
    bot.actions.stop()
    try:
        assert "出了点小问题" in bot.say("怎么退货", new_sender())[0]["text"]
    finally:
        bot.actions.__enter__()
    assert bot.say("怎么退货", new_sender())[0]["text"] == FAQ["退货"]["resp"][0]
