"""Projects as `rasa init` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

CONFIG = """\
# The config recipe.
recipe: default.v1

language: en

pipeline:
# # No configuration for the NLU pipeline was provided.
#   - name: WhitespaceTokenizer

# Configuration for Rasa Core.
policies:
# # No configuration for policies was provided.
#   - name: MemoizationPolicy
"""
ENDPOINTS = """\
# Server which runs your custom actions.

#action_endpoint:
#  url: "http://localhost:5055/webhook"

# Tracker store
#tracker_store:
"""
DOMAIN = 'version: "3.1"\nintents:\n  - greet\nresponses:\n  utter_greet:\n  - text: "Hey!"\n'
RULES = 'version: "3.1"\nrules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n'


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files, by their paths in the folder."""
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `rasa init` makes it, as the working directory."""
    write(tmp_path, {"config.yml": CONFIG, "endpoints.yml": ENDPOINTS, "domain.yml": DOMAIN, "data/rules.yml": RULES})
    write(tmp_path, {"actions/actions.py": "# custom actions\n"})
    (tmp_path / "actions/__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path
