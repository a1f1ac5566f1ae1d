"""Bounds of what a knowledge base may hold: whatever is within them can be kept, searched and sent to any channel."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from faq_component.knowledge.json_source import DEEPEST, Pairs
from faq_component.language import _

TITLE, POST, RESPONSE = 1_000, 10_000, 100_000  # characters
FILE = 256 * 2**20  # bytes; a million topics take less
_INTEGERS = range(-(2**63), 2**63)  # what the libraries of channels and databases hold


def length_fault(text: str, most: int) -> str | None:
    """Describe a text that is longer than `most` characters; None where it is not."""
    if len(text) <= most:
        return None
    return _("has {count:,} characters, more than {most:,}; shorten or divide it").format(count=len(text), most=most)


def is_encodable(text: str) -> bool:
    """Whether a text is without half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def value_fault(value: Any) -> str | None:
    """Describe what in a JSON value cannot be kept or sent; None where there is nothing.

    That is what is nested deeper than `DEEPEST`, a number that is not finite or beyond 64 bits, half a surrogate pair,
    also in a key, and what is no JSON; objects may be `Pairs`.
    """
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if not is_encodable(item):
                return _("holds half a surrogate pair; retype the character")
        elif isinstance(item, bool) or item is None:
            continue
        elif isinstance(item, int | float):
            if not (item in _INTEGERS if isinstance(item, int) else math.isfinite(item)):
                return _("holds a number that is not finite or has more than 64 bits; write it as a text")
        elif not isinstance(item, Mapping | list | tuple):
            return _("holds what is no text, number, list or object; write one of them")
        elif depth > DEEPEST:
            return _("is nested more than {most} deep; flatten it").format(most=DEEPEST)
        else:
            waiting += [(part, depth + 1) for part in _parts(item)]
    return None


def object_fault(value: Mapping[str, Any]) -> str | None:
    """Describe what makes a response in Rasa's format unfit: `value_fault`, or its length as JSON."""
    return value_fault(value) or length_fault(json.dumps(value, ensure_ascii=False), RESPONSE)


def _parts(container: Any) -> Iterator[Any]:
    if isinstance(container, Pairs):
        for key, item in container:
            yield from (key, item)
    elif isinstance(container, Mapping):
        yield from container
        yield from container.values()
    else:
        yield from container
