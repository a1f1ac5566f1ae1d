r"""Line breaks that a program wrote as ``\n``."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"(?:\\r)?\\n")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_ENDS = re.compile(rf"(?:^|[{_WIDE}]|[.!?;:)\]…”’\"]\s*|\s)$")
_BEGINS = re.compile(rf"$|[{_WIDE}]|\s*(?:[-*•>#(\[“‘]|[0-9]+[.)])|\\|\s|[A-Z]")
_NEAR = 200  # characters on either side that are looked at
_QUOTES = "'\"`“”‘’「『"


def with_line_breaks(text: str) -> str:
    r"""Return a text with line breaks for ``\n``, where all of them must be meant so; else the text as it is.

    They are where they stand between sentences or list items. In a path (``C:\new``), within quotes or a code span, or
    inside a word they may be meant as they are.
    """
    found = list(_ESCAPED.finditer(text))
    if not found or not all(_is_break(text, match) for match in found):
        return text
    return _ESCAPED.sub("\n", text)


def has_line_breaks(text: str) -> bool:
    r"""Whether a text holds ``\n`` that must be meant as a line break."""
    return with_line_breaks(text) != text


def with_likely_line_breaks(text: str) -> str:
    r"""Return a text with line breaks for each ``\n`` that is not in a path, quotes or a code span."""
    return _ESCAPED.sub(lambda match: match[0] if _is_meant(text, match) else "\n", text)


def _is_meant(text: str, match: re.Match[str]) -> bool:
    r"""Whether ``\n`` is what the text speaks of, or part of a path."""
    before, after = _around(text, match)
    word = re.search(r"[!-~]*$", _ESCAPED.sub(" ", before))
    if (word and "\\" in word[0]) or re.search(r"(?<![A-Za-z])[A-Za-z]:$", before):
        return True
    quoted = before[-1:] in _QUOTES and after[:1] in _QUOTES and before and after
    alone = before[-1:].isspace() and after[:1].isspace()
    return bool(quoted or alone or text.count("`", 0, match.start()) % 2)


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    return text[max(match.start() - _NEAR, 0) : match.start()], text[match.end() : match.end() + _NEAR]


def _is_break(text: str, match: re.Match[str]) -> bool:
    before, after = _around(text, match)
    if _is_meant(text, match):
        return False
    return before.endswith("\\n") or bool(_ENDS.search(before) or _BEGINS.match(after))
