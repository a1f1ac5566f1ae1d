"""Texts of users and files do nothing to the terminal."""

from __future__ import annotations

import io
import json

import pytest
from rich.markup import escape
from rich.table import Table

from faq_component.cli.console import SafeConsole, say

HOSTILE = [
    "\x1b]0;title\x07",
    "\x1b[31mred",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "a\rb",
    "a\x08b",
    "\x7f",
    "\u202eright to left",
    "\u2066isolate",
    "half \ud83d",
]


def is_safe(text: str) -> bool:
    return all(char.isprintable() or char in "\n " for char in text) and bool(text.encode())


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_control_characters_are_shown(text: str, terminal: bool) -> None:
    console = SafeConsole(file=io.StringIO(), force_terminal=terminal, color_system=None, highlight=False)
    say(f"before {text} after", console)
    table = Table("topic")
    table.add_row(escape(f"in a table {text}"))
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    printed = console.file.getvalue()
    assert is_safe(printed)
    assert all(part in printed for part in ("before ", " after", "in a table"))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_json_stays_what_it_is(text: str) -> None:
    console = SafeConsole(file=io.StringIO(), highlight=False)
    say(json.dumps({"text": text}, ensure_ascii=False, indent=2), console)
    assert isinstance(console.file, io.StringIO)
    assert is_safe(console.file.getvalue())
    assert json.loads(console.file.getvalue()) == {"text": text}


def test_plain_texts_and_styles_stay() -> None:
    console = SafeConsole(file=io.StringIO(), force_terminal=True, color_system="standard", highlight=False)
    say("多行\n\t文字 😀 [x]", console)
    console.print("styled", style="red")
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split("\n")[0] == "多行"
    assert "文字 😀 [x]" in console.file.getvalue()
    assert "\x1b[31mstyled\x1b[0m" in console.file.getvalue()
