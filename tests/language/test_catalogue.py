"""The catalogues hold every message of the code, translated, and nothing else."""

import ast
import gettext
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages import Catalog

from tools.messages import (
    FOLDER,
    PACKAGE,
    catalogues,
    extracted,
    forms,
    mo_bytes,
    po_bytes,
    read_catalogue,
    untranslated,
    updated,
)

MEND = "run `make messages`, translate what it lists, and run it again"
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\([a-z_]+\)[a-z]|%[rs]")
LOOKED_UP = {"_", "N_", "ngettext"}

code = pytest.fixture(scope="module")(extracted)


@pytest.fixture(scope="module", params=catalogues(), ids=lambda file: file.parts[-3])
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_is_a_catalogue_for_every_language_but_english() -> None:
    from faq_component.language import LANGUAGES

    assert [file.parent.parent for file in catalogues()] == [FOLDER / name for name in LANGUAGES if name != "en"]


def test_a_catalogue_is_what_make_messages_writes(file: Path, code: Catalog) -> None:
    catalog = updated(read_catalogue(file), code)
    assert file.read_bytes() == po_bytes(catalog), MEND
    assert file.with_suffix(".mo").read_bytes() == mo_bytes(catalog), MEND


def test_the_compiled_catalogue_has_what_the_text_has(file: Path) -> None:
    with file.with_suffix(".mo").open("rb") as content:
        compiled = gettext.GNUTranslations(content)
    catalogue = read_catalogue(file)
    for message in catalogue:
        if isinstance(message.id, tuple):
            one, many = message.id
            said = tuple(compiled.ngettext(one, many, number) for number in range(catalogue.num_plurals))
            assert said == message.string, MEND
        elif message.id:
            assert compiled.gettext(str(message.id)) == message.string, MEND


def test_everything_is_translated(file: Path) -> None:
    assert not untranslated(read_catalogue(file)), MEND
    assert not read_catalogue(file).obsolete, MEND


def test_a_translation_has_the_placeholders_of_the_message(file: Path) -> None:
    for message in read_catalogue(file):
        english = forms(message.id)[-1]
        for text in forms(message.string):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english)), english


def test_a_message_is_english() -> None:
    flat = [text for message in extracted() for text in forms(message.id)]
    assert not [text for text in flat if CHINESE.search(re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "", text))]


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_can_be_extracted(file: Path) -> None:
    """Messages are constants, and `_` is nothing but the look-up."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "faq_component.language"
        for alias in node.names
    }
    taken = imported & LOOKED_UP
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assert node.id not in taken, f"{file}:{line}: give the variable a name; `_` looks messages up here"
        if isinstance(node, ast.arg):
            assert node.arg not in taken, f"{file}:{line}: give the parameter a name; `_` looks messages up here"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in taken:
            messages = node.args[:2] if node.func.id == "ngettext" else node.args
            texts = [text for each in messages if not isinstance(each, ast.Constant) for text in ast.walk(each)]
            assert not [text for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)], (
                f"{file}:{line}: a message is a constant, or a name that holds a marked one; put values in with "
                ".format(name=value) after looking it up"
            )


def test_the_catalogues_are_in_the_distribution(tmp_path: Path) -> None:
    """What setuptools puts into a wheel."""
    words = ["-q", "egg_info", "--egg-base", str(tmp_path), "build_py", "--build-lib", str(tmp_path)]
    command = [sys.executable, "-W", "ignore", "setup.py", *words]
    subprocess.run(command, cwd=PACKAGE.parent, check=True, capture_output=True)
    for file in catalogues():
        compiled = file.with_suffix(".mo")
        assert (tmp_path / compiled.relative_to(PACKAGE.parent)).read_bytes() == compiled.read_bytes()


# The rooms whose every message is in the catalogue.
CONVERTED = ("cli", "errors.py", "evaluation", "exchange", "knowledge", "lint", "rasa/process", "training", "usage")
FOR_DEVELOPERS = {"AttributeError", "RuntimeError", "TypeError", "ValueError", "DatabaseError"}
SAID = {"say", "status", "waiting", "progress", "fault"}
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")


@pytest.mark.parametrize("room", CONVERTED)
def test_nothing_is_said_past_the_catalogue(room: str) -> None:
    """No sentence in an error, a help text or an output, but in a look-up."""
    files = [PACKAGE / room] if room.endswith(".py") else sorted((PACKAGE / room).rglob("*.py"))
    assert not [
        f"{file}:{line}: {text}" for file in files for line, text in _unmarked(ast.parse(file.read_text("utf-8")))
    ]


def _unmarked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        shown = [item.value for item in node.keywords if item.arg in {"help", "description"}]
        if (name.endswith("Error") and name not in FOR_DEVELOPERS) or name in SAID:
            shown += node.args
        yield from ((line, text) for line, text in _texts(shown) if SENTENCE.search(text))


def _texts(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """The texts of expressions, but those that are looked up."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOOKED_UP):
            yield from _texts(list(ast.iter_child_nodes(node)))
