r"""Texts in cells and lines: as people write them, or exactly, as a JSON list.

What could be misread is written as a JSON list of texts, ``["  two\nlines"]``: texts that begin or end with spaces,
hold line breaks where a line is a text, hold control characters or HTML, or look like JSON themselves. So what people
type stays as it looks, and no text is lost on the way out and back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.exchange.escapes import has_line_breaks
from faq_component.exchange.html_text import has_html
from faq_component.knowledge import json_source
from faq_component.text import normalize

SEPARATOR = "\n---\n"  # between the answers of a cell
_SEPARATOR_LINE = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)
# What XML or CSV cannot hold or editors change, and Excel's own escapes of such characters (_x000D_).
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|x(?=[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Item:
    """A text or an object of a cell; `exact` where it was written as JSON, so that it is not tidied."""

    value: str | Mapping[str, Any]
    exact: bool = False


def read_lines(cell: str) -> list[Item]:
    """The texts of a cell of questions: one per line, or those of a JSON list per line."""
    return [item for line in cell.splitlines() for item in _read_texts(line)]


def read_text(cell: str) -> str:
    """The one text of a cell, such as a title; line breaks in it become spaces."""
    items = _exact(cell.strip())
    if items and len(items) == 1 and isinstance(items[0], str):
        return items[0]
    return " ".join(line.strip() for line in cell.splitlines()).strip()


def read_answers(cell: str) -> list[Item]:
    """The responses of a cell: one with its line breaks, or several with a line ``---`` between them.

    A JSON object is a response with buttons and the like, a JSON list is several responses.
    """
    return [item for part in divided(cell) for item in read_answer(part)]


def divided(cell: str) -> list[str]:
    """The parts of a cell of answers, with a line ``---`` between them."""
    return _SEPARATOR_LINE.split(cell.replace("\r\n", "\n").replace("\r", "\n"))


def read_answer(text: str) -> list[Item]:
    """One response with its line breaks, a JSON object, or those of a JSON list; none where the text is empty."""
    text = text.strip()
    exact = _exact(text, objects=True)
    if exact is not None:
        return [Item(value, exact=True) for value in exact]
    return [Item(text)] if normalize(text) else []


def is_exact(text: str) -> bool:
    """Whether a text is written exactly, as a JSON list."""
    return _exact(text) is not None


def is_json(text: str) -> bool:
    """Whether a text is a response or several, written exactly as JSON."""
    return _exact(text.strip(), objects=True) is not None


def write_line(text: str) -> str:
    """A text for a cell of questions or titles, so that `read_lines` and `read_text` give it back."""
    return text if text.splitlines() == [text] and _is_plain(text) else write_exact(text)


def write_answer(response: str | Mapping[str, Any]) -> str:
    """A response for a cell, so that `read_answers` gives it back."""
    if not isinstance(response, str):
        return _dump(response)
    plain = _is_plain(response) and not _SEPARATOR_LINE.search(response)
    return response if plain else write_exact(response)


def write_exact(text: str) -> str:
    """A text as a JSON list."""
    return _dump([text])


def _read_texts(line: str) -> list[Item]:
    text = line.strip()
    exact = _exact(text)
    if exact is not None:
        return [Item(value, exact=True) for value in exact]
    return [Item(text)] if normalize(text) else []


def _is_plain(text: str) -> bool:
    if text != text.strip() or _UNSAFE.search(text) or _exact(text, objects=True) is not None:
        return False
    return not has_html(text) and not has_line_breaks(text)


def _exact(text: str, *, objects: bool = False) -> Sequence[str | Mapping[str, Any]] | None:
    """The texts of a JSON list; with `objects` also of objects, or of one object; None where it is something else."""
    if not text.startswith(("[", "{") if objects else "["):
        return None
    try:
        value = json_source.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None  # people's text that begins with a bracket
    values = value if isinstance(value, list) else [value]
    usable = all(normalize(item) if isinstance(item, str) else objects and isinstance(item, dict) for item in values)
    return values if values and usable else None


def _dump(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
