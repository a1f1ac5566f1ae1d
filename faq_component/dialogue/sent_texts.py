"""Texts as channels send them: divided where they are too long, and with choices as a numbered list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_BREAKS = (r"\n", r"(?<=[。！？!?；;])|(?<=[.] )", r"(?<=[，,、 ])")  # the best first


def split_message(text: str, length: int) -> Iterator[str]:
    """Split a text into parts of at most `length` characters, at line ends, sentences or commas if possible."""
    rest = text.strip()
    while len(rest) > length:
        cut = _cut(rest, length)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _cut(text: str, length: int) -> int:
    for pattern in _BREAKS:
        places = [found.end() for found in re.finditer(pattern, text[:length]) if found.end() > length // 2]
        if places:
            return places[-1]
    return length


def split_text(text: str, limit: int) -> list[str]:
    """Split a text into parts of at most `limit` bytes of UTF-8, at line ends if possible."""
    parts, rest = [], text
    while len(rest.encode()) > limit:
        part = rest.encode()[:limit].decode(errors="ignore")
        end = part.rfind("\n")
        part = part[: end + 1] if end > len(part) // 2 else part
        parts.append(part.strip())
        rest = rest[len(part) :]
    return [part for part in (*parts, rest.strip()) if part]


def numbered(text: str, titles: Sequence[str]) -> str:
    """Return a text, followed by the titles of its buttons as a numbered list."""
    return "\n".join([text, *(f"{number}. {title}" for number, title in enumerate(titles, 1))])
