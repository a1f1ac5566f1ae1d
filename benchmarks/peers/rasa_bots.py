"""Rasa projects to compare the bot with: echo bots, and DIET with ResponseSelector on the same FAQ."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from faq_component.exchange import write_exchange
from faq_component.knowledge.checking import load_faq
from faq_component.rasa.process.launch import quiet_environment

_DIET = """
recipe: default.v1
assistant_id: diet
language: zh
pipeline:
  - name: JiebaTokenizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    constrain_similarities: true
  - name: ResponseSelector
    epochs: 100
    retrieval_intent: faq
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
policies:
  - name: RulePolicy
"""
_ECHO = """
recipe: default.v1
assistant_id: echo
language: zh
pipeline:
  - name: KeywordIntentClassifier
  - name: FallbackClassifier
    threshold: 0.3
policies:
  - name: RulePolicy
"""
_GUARD = "  - name: faq_component.rasa.ActionServerGuard\n"
_ECHO_ACTION = """
from rasa_sdk import Action


class ActionEcho(Action):
    def name(self):
        return "action_echo"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=tracker.latest_message["text"])
        return []
"""
_OTHERS = {"greet": ["你好啊你好", "您好您好"]}  # DIET needs a second intent


def echo_checkout(folder: Path, mended: bool = False) -> Path:
    """Train a project that sends every message to an action that repeats it; `mended` adds our action server guard."""
    checkout = folder / ("echo-mended" if mended else "echo")
    if not (checkout / "models").is_dir():
        _begin(checkout, _ECHO + _GUARD * mended)
        (checkout / "actions.py").write_text(_ECHO_ACTION, "utf-8")
        _write(checkout / "data/nlu.yml", {"nlu": _examples(_OTHERS)})
        responses = {"utter_unavailable": [{"text": "稍后再试"}]}
        domain = {"intents": list(_OTHERS), "actions": ["action_echo"], "responses": responses}
        _write(checkout / "domain.yml", domain)
        _rules(checkout, {"nlu_fallback": "action_echo", "greet": "action_echo"})
        _train(checkout)
    return checkout


def diet_checkout(folder: Path) -> Path:
    """Train a project of Rasa's own components on the demo FAQ; the first time takes minutes."""
    checkout = folder / "diet"
    if not (checkout / "models").is_dir():
        _begin(checkout, _DIET)
        write_exchange(load_faq("data/faq"), checkout / "faq.yml")
        (checkout / "faq_nlu.yml").rename(checkout / "data/faq_nlu.yml")
        domain = yaml.safe_load((checkout / "faq_domain.yml").read_text("utf-8"))
        (checkout / "faq_domain.yml").unlink()
        domain["intents"] = ["faq", *_OTHERS]
        domain["responses"]["utter_unknown"] = [{"text": "不知道"}]
        _write(checkout / "domain.yml", domain)
        _write(checkout / "data/nlu.yml", {"nlu": _examples(_OTHERS)})
        _rules(checkout, {"faq": "utter_faq", "nlu_fallback": "utter_unknown", "greet": "utter_unknown"})
        (checkout / "actions.py").write_text("", "utf-8")
        _train(checkout)
    return checkout


def _begin(checkout: Path, config: str) -> None:
    (checkout / "data").mkdir(parents=True, exist_ok=True)
    (checkout / "config.yml").write_text(config, "utf-8")
    (checkout / "credentials.yml").write_text("rest:\n", "utf-8")


def _examples(intents: dict[str, list[str]]) -> list[dict[str, str]]:
    return [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in intents.items()]


def _rules(checkout: Path, actions: dict[str, str]) -> None:
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": action}]} for name, action in actions.items()]
    _write(checkout / "data/rules.yml", {"rules": rules})


def _write(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(yaml.safe_dump({"version": "3.1", **content}, allow_unicode=True), "utf-8")


def _train(checkout: Path) -> None:
    subprocess.run([sys.executable, "-m", "rasa", "train"], cwd=checkout, env=quiet_environment(), check=True)
