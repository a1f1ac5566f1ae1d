"""Differences of texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]+|\s+|.", re.DOTALL)  # Chinese characters one by one
_CLAUSE = re.compile(r"[^，。！？；,.!?;\n]*[，。！？；,.!?;\n]?", re.DOTALL)
# Comparing takes time that grows with the cube of the number of pieces at worst.
_MOST_PIECES = 100  # of a text that are compared one by one: words, else clauses, else none
_ALIKE = 0.4  # share of common pairs of characters from which a removed and an added text are one that was reworded
_MOST_PAIRS = 2_500  # of removed and added texts that are compared
_COMPARED = 1_000  # characters of a text in that


@dataclass(frozen=True)
class Mark:
    """A piece of a text.

    Args:
        text: itself.
        kind: ``same``, ``removed`` or ``added``.
    """

    text: str
    kind: str


@dataclass(frozen=True)
class Reworded:
    """A text that was removed, added or reworded.

    Args:
        marks: its pieces, removed ones beside what replaces them.
        kind: ``removed``, ``added`` or ``reworded``.
    """

    marks: tuple[Mark, ...]
    kind: str


def reworded(removed: Sequence[str], added: Sequence[str]) -> list[Reworded]:
    """Return removed and added texts, of which those that are alike are one that was reworded."""
    left = [(text, _pairs(text)) for text in removed]
    is_compared = len(removed) * len(added) <= _MOST_PAIRS
    found = []
    for text in added:
        pairs = _pairs(text)
        nearest = max(left, key=lambda other: _likeness(other[1], pairs), default=None) if is_compared else None
        if nearest is not None and _likeness(nearest[1], pairs) >= _ALIKE:
            left.remove(nearest)
            found.append(Reworded(tuple(marks(nearest[0], text)), "reworded"))
        else:
            found.append(Reworded((Mark(text, "added"),), "added"))
    return [*(Reworded((Mark(text, "removed"),), "removed") for text, _pairs_of in left), *found]


def marks(before: str, after: str) -> Iterator[Mark]:
    """Yield the pieces of two texts that they share, and that differ."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield from _mark(old[:start], "same")
    yield from _compared(old[start : len(old) - end], new[start : len(new) - end])
    yield from _mark(old[len(old) - end :], "same")


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Mark]:
    if max(len(old), len(new)) > _MOST_PIECES:
        old, new = (_CLAUSE.findall("".join(words)) for words in (old, new))
    if max(len(old), len(new)) > _MOST_PIECES:
        yield from (*_mark(old, "removed"), *_mark(new, "added"))
        return
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _mark(old[first:last], "same")
        else:
            yield from (*_mark(old[first:last], "removed"), *_mark(new[begin:end], "added"))


def _mark(pieces: Sequence[str], kind: str) -> Iterator[Mark]:
    text = "".join(pieces)
    if text:
        yield Mark(text, kind)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many pieces two texts begin with in common."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of a text."""
    padded = f" {text[:_COMPARED]} "
    return frozenset(padded[place : place + 2] for place in range(len(padded) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Dice's coefficient of two sets."""
    return 2 * len(one & other) / (len(one) + len(other))
