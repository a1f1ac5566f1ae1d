"""Importing a module does not load heavy libraries, nor rooms it can do without; import-linter checks directions."""

import json
import subprocess
import sys

import pytest

HEAVY = {"rasa", "torch", "tensorflow", "transformers"}
# What few commands need and takes long to load.
SELDOM = {"requests", "sklearn", "scipy", "stdnum"}
PLAIN = HEAVY | {"numpy", "faiss", "onnxruntime", "jieba", "faq_component.encoders", "faq_component.retrieval"}

ABSENT = {
    "faq_component": PLAIN | {"yaml", "pypinyin"},
    "faq_component.chinese": PLAIN,
    "faq_component.errors": PLAIN,
    "faq_component.text": PLAIN,
    "faq_component.types": PLAIN,
    "faq_component.knowledge.checking": PLAIN | {"pypinyin"},
    "faq_component.exchange": PLAIN | {"openpyxl", "markdown_it", "faq_component.cli", "faq_component.settings"},
    "faq_component.dialogue.payload": PLAIN,
    "faq_component.knowledge.store": PLAIN | {"sqlalchemy", "psycopg2", "faq_component.settings"},
    "faq_component.knowledge.store.database": PLAIN | {"psycopg2", "faq_component.settings"},
    "faq_component.settings": PLAIN | {"faq_component.knowledge.checking"},
    "faq_component.knowledge.response_choice": PLAIN,
    "faq_component.rasa.actions": {*PLAIN, "faq_component.decision.rules", "faq_component.assistant"} - {"rasa"},
    "faq_component.rasa.patches": PLAIN | {"sanic", "socketio", "jsonschema"},
    "faq_component.dialogue.voice": PLAIN | {"sqlalchemy", "faq_component.settings"},
    "faq_component.usage.log": PLAIN | SELDOM,
    "faq_component.usage.masking": PLAIN | SELDOM,
    "faq_component.usage.recorder": PLAIN | SELDOM,
    "actions.orders": {*PLAIN, "faq_component.decision.rules", "faq_component.assistant.build_retrievers"} - {"rasa"},
    "faq_component.encoders": HEAVY | SELDOM | {"faq_component.retrieval", "faq_component.knowledge.checking"},
    "faq_component.retrieval": HEAVY | SELDOM | {"faq_component.decision.rules", "faq_component.settings"},
    "faq_component.rerank": HEAVY | SELDOM | {"faq_component.decision.rules", "faq_component.settings"},
    "faq_component.decision.rules": HEAVY
    | SELDOM
    | {"faq_component.assistant.build_retrievers", "faq_component.settings"},
    "faq_component.assistant.build_retrievers": HEAVY | SELDOM | {"faq_component.cli"},
    "faq_component.evaluation": HEAVY | SELDOM | {"faq_component.cli"},
    "faq_component.lint": HEAVY
    | SELDOM
    | {"faq_component.assistant.build_retrievers", "faq_component.cli", "jinja2", "openpyxl"},
    "faq_component.cli": HEAVY | SELDOM | {"openpyxl", "flask", "gunicorn", "gevent", "faq_component.service"},
    "faq_component.rasa.process.launch": PLAIN | SELDOM,
    "faq_component.service.app": HEAVY
    | SELDOM
    | {"faq_component.cli", "pypinyin", "jieba", "sqlalchemy", "sklearn", "openpyxl"},
    "faq_component.service.gunicorn_conf": PLAIN | {"flask", "prometheus_client"},
    "faq_component.training.checkpoints.import_encoder": {"rasa", "torch", "tensorflow"},
    "faq_component.training.export.export_encoder": {"rasa", "torch", "tensorflow"},
}


@pytest.mark.parametrize("module", ABSENT)
def test_what_a_module_does_not_import(module: str) -> None:
    code = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=True, text=True)
    loaded = set(json.loads(result.stdout.splitlines()[-1]))
    assert not loaded & ABSENT[module]
