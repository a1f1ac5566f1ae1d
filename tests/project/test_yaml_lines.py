"""Edits of YAML by whole lines."""

from __future__ import annotations

import difflib

import pytest
import yaml

from faq_component.project.yaml_lines import NotUnderstoodError, YamlLines

TEXT = """\
# A bot.
language: "en"   # English

pipeline:
  # words
  - name: WhitespaceTokenizer
  # below this, unsure
  - name: FallbackClassifier
    threshold:   0.3   # tuned

# How it goes on
policies:
- name: RulePolicy
- {name: TEDPolicy, epochs: 5}
"""


def added(before: str, after: str) -> list[str]:
    """The lines that were added; none may be removed."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    return [line[2:] for line in lines if line.startswith("+ ")]


@pytest.mark.parametrize(
    ("key", "place", "line", "above"),
    [
        ("pipeline", 0, "  - name: X", "pipeline:"),
        ("pipeline", 1, "  - name: X", "  - name: WhitespaceTokenizer"),  # the comment stays with its item
        ("pipeline", 2, "  - name: X", "    threshold:   0.3   # tuned"),
        ("policies", 0, "- name: X", "policies:"),
        ("policies", 2, "- name: X", "- {name: TEDPolicy, epochs: 5}"),
    ],
)
def test_an_item_is_a_line(key: str, place: int, line: str, above: str) -> None:
    edited = YamlLines("config.yml", TEXT)
    edited.insert_item(key, place, ["- name: X"])
    assert added(TEXT, edited.text) == [line]
    lines = edited.text.splitlines()
    assert lines[lines.index(line) - 1] == above
    assert yaml.safe_load(edited.text)[key][place] == {"name": "X"}


def test_a_section_before_another_and_at_the_end() -> None:
    edited = YamlLines("config.yml", TEXT)
    edited.add_section("importers", ["  - name: X"], before="policies")
    assert "\nimporters:\n  - name: X\n\n# How it goes on\npolicies:\n" in edited.text
    edited.add_section("assistant", ["  id: one"])
    assert edited.text.endswith("\n\nassistant:\n  id: one\n")
    assert set(added(TEXT, edited.text)) == {"", "importers:", "  - name: X", "assistant:", "  id: one"}


def test_a_key_without_a_value_gets_one() -> None:
    edited = YamlLines("config.yml", "pipeline:\n# # default\n#  - name: W\npolicies:\n")
    edited.fill_section("pipeline", ["  - name: W"])
    assert edited.text == "pipeline:\n  - name: W\n# # default\n#  - name: W\npolicies:\n"


def test_a_value_is_replaced_in_its_place() -> None:
    edited = YamlLines("config.yml", TEXT)
    edited.replace_scalar("pipeline", 1, "name", "Another")
    assert edited.text == TEXT.replace("FallbackClassifier", "Another")


def test_the_last_text_may_be_a_block_and_the_file_without_a_last_line_break() -> None:
    edited = YamlLines("x.yml", "a:\n- |\n  one\n  two\n\n# end\nb: 1")
    edited.insert_item("a", 1, ["- three"])
    assert edited.content == {"a": ["one\ntwo\n", "three"], "b": 1}


@pytest.mark.parametrize(
    "text",
    [
        "pipeline: [{name: W}]",
        "pipeline: supervised",
        "pipeline: {}",
        "a: 1",
        "pipeline: &p\n- x\n- y\nother: *p",
        "- a",
        "a: [",
    ],
)
def test_what_is_not_understood_stays(text: str) -> None:
    with pytest.raises(NotUnderstoodError, match=r"^config\.yml is not "):
        YamlLines("config.yml", text).insert_item("pipeline", 1, ["- name: X"])
