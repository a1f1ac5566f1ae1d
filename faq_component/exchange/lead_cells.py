"""Cells that name the topics that a topic leads on to: one per line, with the title of its button before an arrow."""

from __future__ import annotations

from collections.abc import Iterator

from faq_component.exchange.cells import Item, read_answer, read_lines, write_answer, write_line
from faq_component.exchange.separators import split
from faq_component.knowledge.leads import Follow
from faq_component.text import normalize

_ARROW = "→"


def read_related(cell: str) -> list[str]:
    """The ids, titles or posts of topics: one per line, or with ``##``, ``|`` or ``;`` between them."""
    return list(dict.fromkeys(name for item in read_lines(cell) for name in _divided(item)))


def read_follow(cell: str) -> list[Follow]:
    """Buttons: ``title → topic``, the topic alone, or an object as in an FAQ file."""
    found: dict[str, Follow] = {}
    for follow in _follows(cell):
        found.setdefault(follow.topic, follow)
    return list(found.values())


def write_follow(follow: Follow) -> str:
    """A button as a line, so that `read_follow` gives it back."""
    if not follow.title:
        return follow.topic
    title = write_line(follow.title)
    plain = title == follow.title and not set(f"{_ARROW}|｜;；#[{{") & set(title)
    return f"{title} {_ARROW} {follow.topic}" if plain else write_answer({"topic": follow.topic, "title": follow.title})


def _follows(cell: str) -> Iterator[Follow]:
    for line in cell.splitlines():
        for item in read_answer(line):
            if not isinstance(item.value, str):
                yield Follow(str(item.value.get("topic", "")), str(item.value.get("title", "")))
                continue
            for text in _divided(item):
                title, arrow, topic = text.rpartition(_ARROW)
                yield Follow(topic.strip(), title.strip()) if arrow and normalize(topic) else Follow(text)


def _divided(item: Item) -> list[str]:
    parts = [str(item.value)]
    for sign in () if item.exact else ("##", "|", ";"):
        parts = [part for text in parts for part in split(text, sign)]
    return parts
