"""The importers, with the paths that Rasa's commands hand to them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from faq_component.rasa import BotImporter, FaqImporter

OWN = """
version: "3.1"
intents: [greet]
responses:
  utter_greet:
    - text: hello
"""
EXAMPLES = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hi there
      - good day
"""
STORY = """
version: "3.1"
stories:
  - story: greeting
    steps:
      - intent: greet
      - action: utter_greet
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    for name, content in {"domain.yml": OWN, "nlu.yml": EXAMPLES, "stories.yml": STORY}.items():
        (folder / name).write_text(content, "utf-8")
    return folder


@pytest.mark.parametrize("paths", [None, "data", ["data"]])
def test_rasas_default_paths_are_the_demos_folder(paths: list[str] | str | None) -> None:
    importer = BotImporter("config.yml", "domain.yml", paths)
    assert {"order_enquiry", "faq"} <= importer.get_nlu_data().intents
    assert len(importer.get_nlu_data().training_examples) < 300  # without data/nlu_test.yml
    names = [step.block_name for step in importer.get_stories().story_steps]
    assert "Leave the enquiry" in names
    assert not [name for name in names if name == "good night"]  # of data/test_conversations.yml


@pytest.mark.parametrize("importer", [BotImporter, FaqImporter])
def test_other_paths_are_read_as_they_are_given(importer: type[FaqImporter], own: Path) -> None:
    reading = importer("config.yml", str(own / "domain.yml"), [str(own / "nlu.yml"), str(own / "stories.yml")])
    assert reading.get_nlu_data().intents == {"greet", "faq", "faq_handover"}
    assert next(step.block_name for step in reading.get_stories().story_steps) == "greeting"
    domain = reading.get_domain()
    assert "utter_greet" in domain.responses
    assert "order_enquiry" not in domain.intents


def test_a_configuration_in_a_temporary_folder_finds_the_projects_phrases(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    shutil.copy("config.yml", config)  # as in cross-validation; it names bot/voice/zh.yml
    assert "utter_where_order_number" in BotImporter(str(config), None, [str(tmp_path)]).get_domain().responses
