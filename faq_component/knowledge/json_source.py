"""JSON parsing that keeps repeated keys and finds the line of a value."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
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
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Pairs(list[tuple[str, Any]]):
    """A JSON object as (key, value) pairs in file order, including repeated keys."""


def parse(source: str) -> Any:
    """Parse JSON with objects as `Pairs`; raises `json.JSONDecodeError`, or `RecursionError` for deep nesting."""
    return json.loads(source, object_pairs_hook=Pairs)


def line_of(source: str, path: Sequence[int]) -> int:
    """Return the line, counted from 1, at which a value of a valid JSON text begins.

    `path` locates the value: at each level the position of the pair in its object (the line is that of the key) or of
    the item in its array.
    """
    at = _skip(source, 0)
    for position in path:
        at = _enter(source, at, position)
    return source.count("\n", 0, at) + 1


def _skip(source: str, at: int) -> int:
    match = _SPACE.match(source, at)
    return at if match is None else match.end()


def _value_start(source: str, at: int) -> int:
    """Return the position of the value after the key and colon at `at`."""
    _key, end = _DECODER.raw_decode(source, at)
    return _skip(source, _skip(source, end) + 1)


def _enter(source: str, container: int, position: int) -> int:
    """Return the start of pair or item number `position` of the container at `container`."""
    container_is_pair = source[container] == '"'
    if container_is_pair:  # a key: the container is its value
        container = _value_start(source, container)
    is_object = source[container] == "{"
    at = _skip(source, container + 1)
    for _step in range(position):
        value = _value_start(source, at) if is_object else at
        _key, end = _DECODER.raw_decode(source, value)
        at = _skip(source, _skip(source, end) + 1)
    return at
