"""The commands of the pages: those that can run here are run, all others are known to the program that they name."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest
from openpyxl import Workbook

from faq_component.cli import main, make_parser
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from tests.documentation.pages import DOCS, PAGES, in_line, shell_lines
from tests.servers import ROOT
from tools.docs.reference import parsers

# Pages whose commands are run one after the other, in a folder with the demo FAQ and what they name.
RUN = [DOCS / f"guides/{name}.md" for name in ("import-export", "database", "lint", "hit-test", "review")]
WITH_A_DATABASE = ("faq history", "faq diff", "faq undo")  # of the FAQ that the page has just put into one
ASKS = ("faq review",)  # in the terminal


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the demo's FAQ, settings and encoder, and the files that the pages name."""
    shutil.copytree(ROOT / "data/examples", tmp_path / "data/examples")
    topics = json.loads((ROOT / "data/faq/shop.json").read_text("utf-8"))
    for folder in ("data/faq", "my_faq"):
        (tmp_path / folder).mkdir()
        some = dict(islice(topics.items(), 12))
        (tmp_path / folder / "shop.json").write_text(json.dumps(some, ensure_ascii=False), "utf-8")
    shutil.copy(ROOT / "config.yml", tmp_path)
    for name in ("models", "bot"):
        (tmp_path / name).symlink_to(ROOT / name)
    questions = Workbook()
    for row in (["问题", "主题"], ["运费咋算的", "运费多少"], ["量子力学怎么学", ""]):
        questions.worksheets[0].append(row)
    questions.save(tmp_path / "questions.xlsx")
    (tmp_path / "test_sets").mkdir()
    (tmp_path / "test_sets/returns.csv").write_text("question,expected topic\n运费咋算的,运费多少\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))
    UsageLog(tmp_path / "usage.sqlite").append([Event(Kind.DECISION, "reject", text="量子力学怎么学")])
    return tmp_path


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(page: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = [line for line in shell_lines(page) if line.startswith("faq ") and line not in ASKS]
    assert commands
    for command in commands:
        if command.startswith(WITH_A_DATABASE):
            command += " --faq sqlite:///faq.db"
        if command.startswith("faq history"):
            _edit_twice()
        status = main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        # `faq lint` ends with 1 where it finds something, which it does in what the page before has imported.
        assert status in ((0, 1) if command.startswith("faq lint") else (0,)), f"{command}\n{printed.out}{printed.err}"


def _edit_twice() -> None:
    for name in ("library.xlsx", "library.md"):
        assert main(["import", f"data/examples/{name}", "--faq", "sqlite:///faq.db"]) == 0


def _commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        for line in (*shell_lines(page), *in_line(page)):
            for command in re.split(r" (?:&&|&|\|) ", line):
                yield name, command.removeprefix(".venv/bin/")


def test_every_faq_command_and_its_flags_are_known() -> None:
    helps = _options()
    for page, command in _commands():
        if not re.match(r"faq [a-z]", command):
            continue
        words = command.split()[1:]
        flags = {word.partition("=")[0] for word in words if word.startswith("--")}
        names = (" ".join(words[:count]) for count in (3, 2, 1))
        known = next((helps[name] for name in names if name in helps), None)
        assert known is not None, f"{page}: there is no `{command}`"
        assert flags <= known, f"{page}: `{command}` has flags that there are not"


def _options() -> dict[str, set[str]]:
    """The flags of each command, by its name."""
    return {
        parser.prog.removeprefix("faq "): {flag for action in parser._actions for flag in action.option_strings}
        for parser, _ in parsers(make_parser())
    }


def test_every_make_target_and_module_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named: dict[str, Callable[[str], bool]] = {
        r"\bmake ([a-z-]+)$": lambda name: name in targets,
        r"\bpython -m ((?:faq_component|benchmarks|tools)[\w.]*)": lambda name: find_spec(name) is not None,
        r"^sh (bootstrap\.sh)": lambda name: (ROOT / name).exists(),
    }
    found = 0
    for page, command in _commands():
        for pattern, exists in named.items():
            for name in re.findall(pattern, command):
                found += 1
                assert exists(name), f"{page}: `{command}` names {name}, which there is not"
    assert found > 30


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.zh.md")), ids=lambda page: page.name)
def test_a_translated_page_has_the_commands_of_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh.md", ".md"))
    assert set(shell_lines(page)) <= set(shell_lines(english))
