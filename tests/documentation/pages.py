"""The pages of the documentation and the code in them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.servers import ROOT

DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md", ROOT / "CONTRIBUTING.zh.md")
PAGES = (*READMES, *CONTRIBUTING, *sorted(DOCS.rglob("*.md")))
_BLOCK = re.compile(r"^( *)```([\w-]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code of a language in a page."""
    found = _BLOCK.findall(page.read_text("utf-8"))
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, kind, code in found if kind == language]


def shell_lines(page: Path) -> list[str]:
    """The commands of a page's `sh` blocks, those of several lines joined, without comments."""
    code = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    lines = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in code.splitlines())
    return [line for line in lines if line]


def in_line(page: Path) -> list[str]:
    """The code within the sentences of a page."""
    return re.findall(r"`([^`\n]+)`", _BLOCK.sub("", page.read_text("utf-8")))
