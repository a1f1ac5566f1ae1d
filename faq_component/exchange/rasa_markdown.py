"""Files of Rasa 1 in Markdown and JSON, which are named with what converts them."""

from __future__ import annotations

import re
from pathlib import Path

from faq_component.language import _

_NLU = re.compile(r"^##\s*(?:intent|synonym|regex|lookup)\s*:", re.MULTILINE)
# The responses of retrieval intents, and stories.
_NLG = re.compile(r"^##[^\n]*\n\s*\*\s*[A-Za-z_][\w-]*/[\w-]+[ \t]*\n\s*-\s", re.MULTILINE)
_STORY = re.compile(
    r"^##[^\n]*\n\s*\*\s*\w+(?:\{[^\n]*\})?[ \t]*\n\s*-\s*(?:utter_|action_|slot\{|form\{)", re.MULTILINE
)


def rasa_markdown_fault(path: Path, text: str) -> str | None:
    """The fault of a Markdown file of Rasa 1; None where it is another one."""
    kinds = {"nlu": _NLU, "nlg": _NLG, "core": _STORY}
    return next((rasa_1_fault(path, kind) for kind, form in kinds.items() if form.search(text)), None)


def rasa_1_fault(path: Path, kind: str) -> str:
    """The fault of a file of Rasa 1; `kind` is what ``rasa data convert`` of Rasa 2 calls it."""
    message = _(
        "{path}: is a file of Rasa 1; convert it with Rasa 2 (`pip install 'rasa<3'` in an environment of its own), "
        "`rasa data convert {kind} --format yaml --data {path} --out converted`, and import the files in that folder"
    )
    return message.format(path=path, kind=kind)
