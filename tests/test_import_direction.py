"""Importing a module does not load heavy libraries, nor rooms it can do without; import-linter checks directions."""

import json
import subprocess
import sys

import pytest

HEAVY = {"rasa", "torch", "tensorflow", "transformers"}
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
    "faq_component.knowledge.drawing": PLAIN,
    "faq_component.rasa.actions": {*PLAIN, "faq_component.decision.rules", "faq_component.assistant"} - {"rasa"},
    "faq_component.rasa.patches": PLAIN | {"sanic", "socketio", "jsonschema"},
    "faq_component.dialogue.voice": PLAIN | {"sqlalchemy", "faq_component.settings"},
    "faq_component.usage.log": PLAIN,
    "faq_component.usage.recorder": PLAIN,
    "actions.orders": {*PLAIN, "faq_component.decision.rules", "faq_component.assistant.build_retrievers"} - {"rasa"},
    "faq_component.encoders": HEAVY | {"faq_component.retrieval", "faq_component.knowledge.checking"},
    "faq_component.retrieval": HEAVY | {"faq_component.decision.rules", "faq_component.settings"},
    "faq_component.rerank": HEAVY | {"faq_component.decision.rules", "faq_component.settings"},
    "faq_component.decision.rules": HEAVY | {"faq_component.assistant.build_retrievers", "faq_component.settings"},
    "faq_component.assistant.build_retrievers": HEAVY | {"faq_component.cli"},
    "faq_component.evaluation": HEAVY | {"faq_component.cli"},
    "faq_component.lint": HEAVY
    | {"faq_component.assistant.build_retrievers", "faq_component.cli", "jinja2", "openpyxl"},
    "faq_component.cli": HEAVY | {"openpyxl", "flask", "gunicorn", "gevent", "faq_component.service"},
    "faq_component.service.app": HEAVY
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
