"""The diagrams of the concepts, drawn from `diagrams.yml` as SVG in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

STEPS = Path(__file__).with_name("diagrams.yml")
_WIDTH = 640
_MARGIN = 60  # beside the boxes
_MIDDLE = _WIDTH / 2
_LINE = 19  # between the lines of a box
_GAP = 34  # between boxes, for the arrow and its words
_SIDE_GAP = 24  # above boxes beside each other


def diagram(name: str, language: str) -> str:
    """Return a diagram as a figure for a page; its steps go from top to bottom.

    Raises:
        KeyError: there is no diagram of that name.
    """
    content = yaml.safe_load(STEPS.read_text("utf-8"))[name][language]
    parts: list[str] = []
    y, steps = 4.0, content["steps"]
    for index, step in enumerate(steps):
        y = _draw_step(parts, y, step)
        if index + 1 < len(steps):
            parts.append(_arrow(_MIDDLE, y, y + _GAP))
            parts.append(_text(_MIDDLE + 12, y + 21, step.get("arrow", ""), "word", "start"))
            y += _GAP
    drawing = f'<svg viewBox="0 0 {_WIDTH} {y + 4:g}" role="img" aria-label="{escape(content["label"])}">'
    return f'<figure class="diagram" data-search-exclude>{drawing}{"".join(parts)}</svg></figure>'


def _draw_step(parts: list[str], y: float, step: dict[str, Any]) -> float:
    """Draw a step, and what is beside each other below it; returns where they end."""
    lines = step.get("lines", ())
    height = 38 + _LINE * len(lines)
    parts.append(_box(_MARGIN, y, _WIDTH - 2 * _MARGIN, height, "box"))
    parts.append(_text(_MARGIN + 12, y + 17, step.get("lane", ""), "lane", "start"))
    parts.append(_text(_MIDDLE, y + 24, step["title"], "title"))
    parts += [_text(_MIDDLE, y + 24 + _LINE * row, line, "line") for row, line in enumerate(lines, 1)]
    y += height
    return _draw_sides(parts, y, step["sides"]) if "sides" in step else y


def _draw_sides(parts: list[str], y: float, sides: Sequence[tuple[str, str]]) -> float:
    width = (_WIDTH - 2 * _MARGIN - 12 * (len(sides) - 1)) / len(sides)
    for index, (title, line) in enumerate(sides):
        left = _MARGIN + index * (width + 12)
        parts.append(_arrow(left + width / 2, y, y + _SIDE_GAP))
        parts.append(_box(left, y + _SIDE_GAP, width, 52, "box side"))
        parts.append(_text(left + width / 2, y + _SIDE_GAP + 21, title, "title"))
        parts.append(_text(left + width / 2, y + _SIDE_GAP + 40, line, "line"))
    return y + _SIDE_GAP + 52


def _box(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" class="{kind}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    if not text:
        return ""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _arrow(x: float, top: float, bottom: float) -> str:
    head = f"M{x - 5:g} {bottom - 8:g}L{x:g} {bottom:g}L{x + 5:g} {bottom - 8:g}Z"
    return f'<path d="M{x:g} {top:g}V{bottom - 6:g}" class="edge"/><path d="{head}" class="head"/>'
