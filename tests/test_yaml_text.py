"""YAML that people edit: a few aliases that stand for millions of values are refused before they are made."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq_component.dialogue.voice import read_voice
from faq_component.dialogue.words_file import read_words
from faq_component.errors import FaqError
from faq_component.exchange.yaml_nodes import compose
from faq_component.handover.settings import read_handover
from faq_component.project.rasa_project import read_yaml
from faq_component.project.yaml_lines import NotUnderstoodError, YamlLines
from faq_component.settings import load_settings
from faq_component.yaml_text import MOST_BY_ALIASES, load_yaml

PACKAGE = Path(__file__).parents[1] / "faq_component"
LEVELS = "abcdefghijklmno"


def bomb(key: str) -> str:
    """A document of 600 bytes whose value of a key has 10 to the power of 14 parts."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in itertools.pairwise(LEVELS)]
    return "\n".join([*lines, f"{key}: *{LEVELS[-1]}"])


def test_values_are_those_of_yaml() -> None:
    text = "base: &base {a: 1, b: [2, x]}\nmore: {<<: *base, c: yes}\nagain: *base\nat: 2026-11-30"
    assert load_yaml(text) == yaml.safe_load(text)
    assert load_yaml("") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (bomb("mask"), "its aliases stand for more than 10,000 values; write out what they stand for"),
        ("a: &a [1, *a]", "its aliases stand for more than 10,000 values; write out what they stand for"),
        ("a: &a {x: 1}\nb: &b {<<: [" + "*a, " * 6_000 + "]}", "its aliases stand for"),
        ("[" * 5_000 + "]" * 5_000, "it is nested more than 64 deep; write it with fewer levels"),
        ("a: " + "{a: " * 64 + "}" * 64, "it is nested more than 64 deep; write it with fewer levels"),
        ("- " * 65 + "a", "it is nested more than 64 deep; write it with fewer levels"),
        ("? " * 65 + "a", "it is nested more than 64 deep; write it with fewer levels"),
        ("\n".join("  " * level + "a:" for level in range(65)), "it is nested more than 64 deep"),
        ("n: " + "9" * 5_000, "digits"),
        ("a: [", "while parsing"),
    ],
)
def test_what_cannot_be_read_has_a_reason(text: str, reason: str) -> None:
    with pytest.raises(yaml.YAMLError, match=re.escape(reason)):
        load_yaml(text)


@pytest.mark.parametrize("read", [load_yaml, compose, lambda text: YamlLines("f", text)])
@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{b: " * 30_000, "[[]," * 30_000])
def test_deep_nesting_is_refused_after_few_characters(
    read: Callable[[str], object], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []
    forward = yaml.reader.Reader.forward

    def counted(self: yaml.reader.Reader, length: int = 1) -> None:
        places.append(self.index)
        forward(self, length)

    monkeypatch.setattr(yaml.reader.Reader, "forward", counted)
    with pytest.raises((yaml.YAMLError, NotUnderstoodError), match="nested more than 64 deep"):
        read(text)
    assert max(places) < 64 * 8
    assert len(places) < 64 * 20


def test_what_is_nested_as_deep_as_is_allowed_is_read() -> None:
    for text in ("[" * 64 + "]" * 64, "- " * 64 + "a", "\n".join(" " * level + "a:" for level in range(64))):
        assert load_yaml(text) == yaml.safe_load(text)


def test_aliases_within_the_bound_are_read() -> None:
    text = "a: &a x\nb: [" + "*a, " * (MOST_BY_ALIASES - 10) + "]"
    assert len(load_yaml(text)["b"]) == MOST_BY_ALIASES - 10


@pytest.mark.parametrize(
    ("read", "key"),
    [
        (read_handover, "mask"),
        (read_words, "user"),
        (lambda file: read_voice(str(file)), "sentences"),
        (load_settings, "pipeline"),
        (lambda file: YamlLines(file.name, file.read_text("utf-8")), "pipeline"),
    ],
)
def test_a_file_with_too_many_aliases_is_refused_in_a_sentence(
    tmp_path: Path, read: Callable[[Path], Any], key: str
) -> None:
    file = tmp_path / "edited.yml"
    file.write_text(bomb(key), "utf-8")
    with pytest.raises(FaqError, match="aliases stand for more than") as refused:
        read(file)
    assert len(str(refused.value)) < 500


def test_other_readers_take_no_aliases(tmp_path: Path) -> None:
    file = tmp_path / "domain.yml"
    file.write_text(bomb("forms"), "utf-8")
    assert read_yaml(file) == {}
    with pytest.raises(yaml.YAMLError, match="is not read"):
        compose(file.read_text("utf-8"))


def test_nothing_of_the_package_reads_yaml_in_another_way() -> None:
    others = [
        f"{path.relative_to(PACKAGE)}: {found}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for found in re.findall(r"yaml\.(?:safe_|full_|unsafe_)?load(?:_all)?\(|ruamel", path.read_text("utf-8"))
    ]
    assert not others
