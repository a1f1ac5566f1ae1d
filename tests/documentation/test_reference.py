"""The reference: each name of the code is in it."""

from __future__ import annotations

import ast
import importlib
from dataclasses import fields
from pathlib import Path

import pytest

import faq_component
from faq_component import Assistant, Faq, Settings, load_faq
from faq_component.cli import make_parser
from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.exchange.formats import write_exchange
from faq_component.knowledge.options import KEYS as OPTIONAL
from faq_component.knowledge.responses import KEYS
from faq_component.lint import RULES
from faq_component.service.settings import ServiceSettings
from faq_component.settings import RETRIEVERS
from faq_component.training.settings import TrainingSettings
from tests.caches import warmed
from tests.documentation.pages import DOCS
from tools.docs.reference import GENERATED, RASA_SETTINGS, parsers

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("part", "kind"), [("settings", Settings), ("service-settings", ServiceSettings)])
def test_the_settings_page_has_every_setting(part: str, kind: type, language: str) -> None:
    page = GENERATED[part](language)
    listed = [name for name, item in kind.__dataclass_fields__.items() if item.metadata["listed"]]  # type: ignore[attr-defined]
    assert listed
    for name in listed:
        assert f"| `{name}` |" in page


# Settings that are flags of commands.
FLAGS = {"TrainingSettings", "SamplingSettings", "DistillationSettings"}
BASES = {"PlatformSettings"}


def kinds_of_settings() -> set[str]:
    """The names of the dataclasses of settings in the package."""
    found = set()
    for file in Path(faq_component.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                if bases & {"CheckedSettings", *BASES}:
                    found.add(node.name)
    return found


def test_every_kind_of_settings_is_in_the_reference() -> None:
    pytest.importorskip("rasa", reason="rasa is not installed")
    of_rasa = {name: importlib.import_module(module) for module, name in RASA_SETTINGS.values()}
    assert kinds_of_settings() == {"Settings", "ServiceSettings", *of_rasa} | FLAGS | BASES
    for language, page in zip(LANGUAGES, ("settings.md", "settings.zh.md"), strict=True):
        assert "<!-- generated: rasa-settings -->" in (DOCS / "reference" / page).read_text("utf-8")
        tables = GENERATED["rasa-settings"](language)
        for name, module in of_rasa.items():
            for each in fields(getattr(module, name)):
                assert f"| `{each.name}` |" in tables
    for each in fields(TrainingSettings):
        assert f"--{each.name.replace('_', '-')}" in GENERATED["commands"]("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_page_has_every_command_in_its_language(language: str) -> None:
    page = GENERATED["commands"](language)
    for parser, _ in parsers(make_parser()):
        assert f"## {parser.prog}\n" in page
    assert ("显示机器人会怎么回答" in page) == (language == "zh")


def test_the_http_page_has_requests_responses_and_statuses() -> None:
    page = GENERATED["http-api"]("en")
    expected = ("## POST /v1/answer", "`text` (required)", "`outcome`", "| 503 |", "## GET /healthz", "| `tag` |")
    for words in expected:
        assert words in page
    assert "| 422 |" in GENERATED["problems"]("en")


def test_the_payload_page_has_the_names_of_the_domain() -> None:
    for name in ("faq_pick", "faq_choices", "action_faq_answer"):
        assert f"`{name}`" in GENERATED["rasa-names"]("en")
    assert '"outcome": "clarify"' in GENERATED["payload"]("en")


@pytest.mark.parametrize("page", ["faq-format.md", "faq-format.zh.md"])
def test_the_format_page_has_every_key(page: str) -> None:
    text = (DOCS / "reference" / page).read_text("utf-8")
    for key in (*KEYS, *OPTIONAL):
        assert f"| `{key}` |" in text


def test_the_python_page_has_every_exported_name() -> None:
    text = "".join((DOCS / f"reference/{name}.md").read_text("utf-8") for name in ("python-api", "errors"))
    for name in faq_component.__all__:
        if not name.startswith("__") and not name.endswith("Error"):
            assert f"::: faq_component.{name}\n" in text
    assert "::: faq_component.errors\n" in text


def test_the_page_on_files_has_every_file_that_is_made(tmp_path: Path) -> None:
    faq = Faq.of(load_faq("data/faq/shop.json").topics[:12])
    settings = Settings(cache_dir=warmed(tmp_path), faq=str(tmp_path / "shop.json"), log=str(tmp_path / "usage.sqlite"))
    write_exchange(faq, Path(settings.faq))
    with Assistant(settings) as assistant:
        assistant.answer("运费咋算的")
        made = {file.name + "/" * file.is_dir() for file in tmp_path.iterdir() if "sqlite-" not in file.name}
    made.remove("shop.json")
    assert {"vectors.sqlite", "classifiers/", "versions/"} <= made
    for page in ("files.md", "files.zh.md"):
        text = (DOCS / "reference" / page).read_text("utf-8")
        for name in made:
            assert f"`{name}`" in text


@pytest.mark.parametrize("page", ["retrievers.md", "retrievers.zh.md"])
def test_the_guide_to_retrievers_has_every_one(page: str) -> None:
    text = (DOCS / "guides" / page).read_text("utf-8")
    assert not [name for name in RETRIEVERS if f"`{name}`" not in text]


def test_the_guide_to_lint_has_every_rule_with_its_severity() -> None:
    text = (DOCS / "guides/lint.md").read_text("utf-8")
    assert not [name for name, rule in RULES.items() if f"| `{name}` | {rule.severity} |" not in text]


def test_every_channel_with_a_limit_has_a_page() -> None:
    pages = (DOCS / "channels/README.md").read_text("utf-8")
    assert not [limit.channel for limit in MESSAGE_LIMITS.values() if limit.channel not in pages]
