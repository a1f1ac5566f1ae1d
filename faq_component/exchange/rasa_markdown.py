"""Files of Rasa 1 in Markdown and JSON, which are named with what converts them."""

from __future__ import annotations

import re
from pathlib import Path

from faq_component.language import _

_NLU = re.compile(r"^##\s*(?:intent|synonym|regex|lookup)\s*:", re.MULTILINE)
_STORY = re.compile(r"^##[^\n]*\n(?:\s*\n)?\s*\*\s*(?P<intent>[\w/]+)[^\n]*\n\s*-\s", re.MULTILINE)


def rasa_markdown_fault(path: Path, text: str) -> str | None:
    """The fault of a Markdown file of Rasa 1; None where it is another one."""
    if _NLU.search(text):
        return rasa_1_fault(path, "nlu")
    story = _STORY.search(text)
    if story is None or not re.search(r"[a-z_]", story["intent"]):
        return None
    return rasa_1_fault(path, "nlg" if "/" in story["intent"] else "core")


def rasa_1_fault(path: Path, kind: str) -> str:
    """The fault of a file of Rasa 1; `kind` is what ``rasa data convert`` of Rasa 2 calls it."""
    message = _(
        "{path}: is a file of Rasa 1; convert it with Rasa 2 (`pip install 'rasa<3'` in an environment of its own), "
        "`rasa data convert {kind} --format yaml --data {path} --out converted`, and import the files in that folder"
    )
    return message.format(path=path, kind=kind)
