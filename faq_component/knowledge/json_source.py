"""JSON parsing that keeps repeated keys and finds the line of a value.

Neither nesting nor long numbers stop it: how deep and how long they may be is for the check to say.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from faq_component.language import N_

# What `json.JSONDecodeError.msg` can be: marked for extraction.
MESSAGES = (
    N_("Expecting value"),
    N_("Expecting ',' delimiter"),
    N_("Expecting ':' delimiter"),
    N_("Expecting property name enclosed in double quotes"),
    N_("Extra data"),
    N_("Unterminated string starting at"),
    N_("Invalid control character at"),
    N_("Invalid \\escape"),
    N_("Invalid \\uXXXX escape"),
)
# A text, or what opens, closes or divides lists and objects.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{},:]', re.DOTALL)
_FILLING = re.compile(r"[ \t\n\r]*")
_LONGEST_INTEGER = 4_000  # digits; Python converts no more than 4,300
DEEPEST = 64  # lists and objects inside one another


class Pairs(list[tuple[str, Any]]):
    """A JSON object as (key, value) pairs in file order, including repeated keys."""


def parse(source: str) -> Any:
    """Parse JSON with objects as `Pairs`; raises `json.JSONDecodeError`, or `RecursionError` for deep nesting."""
    return json.loads(source, object_pairs_hook=Pairs, parse_int=_integer)


def loads(source: str | bytes) -> Any:
    """Parse JSON as `json.loads` does, where an integer of thousands of digits is infinite."""
    return json.loads(source, parse_int=_integer)


def pairs_of(value: Any, depth: int = 0) -> Any:
    """Convert objects to `Pairs`, down to a depth that the check refuses."""
    if depth > DEEPEST:
        return value
    if isinstance(value, dict):
        return Pairs((key, pairs_of(item, depth + 1)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return [pairs_of(item, depth + 1) for item in value]
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


class Source:
    """A JSON text, and where its values stand.

    Each list and object on the way to a value is scanned once, so that thousands of lines take one pass or two.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: dict[int, list[int]] = {}

    def line_of(self, path: Sequence[int]) -> int:
        """Return the line, counted from 1, at which a value of a valid JSON text begins.

        `path` locates the value: at each level the position of the pair in its object (the line is that of the key) or
        of the item in its array.
        """
        at = self._skip(0)
        for position in path:
            at = self._children(self._value(at))[position]
        return self._line(at)

    def line_deeper_than(self, depth: int) -> int:
        """Return the line of the first list or object at a greater depth; the last line where there is none."""
        level = 0
        for token in _TOKEN.finditer(self.text):
            level += (token[0] in "[{") - (token[0] in "]}")
            if level > depth:
                return self._line(token.start())
        return self._line(len(self.text))

    def _line(self, at: int) -> int:
        return bisect_right(self._lines, at)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def _skip(self, at: int) -> int:
        match = _FILLING.match(self.text, at)
        return at if match is None else match.end()

    def _value(self, at: int) -> int:
        """Return the start of the value of the pair whose key begins at `at`; or `at`, where a value begins itself."""
        if self.text[at] != '"':
            return at
        key = _TOKEN.match(self.text, at)
        return at if key is None else self._skip(self._skip(key.end()) + 1)

    def _children(self, container: int) -> list[int]:
        """Return the starts of the pairs or items of the list or object at `container`."""
        if container not in self._starts:
            starts = self._starts[container] = [self._skip(container + 1)]
            depth = 0
            for token in _TOKEN.finditer(self.text, container):
                depth += (token[0] in "[{") - (token[0] in "]}")
                if depth == 0:
                    break
                if depth == 1 and token[0] == ",":
                    starts.append(self._skip(token.end()))
        return self._starts[container]
