"""Differences of texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]+|\s+|.", re.DOTALL)  # Chinese characters one by one
_ALIKE = 0.5  # similarity from which a removed and an added text are one text that was reworded
_LONGEST = 2_000  # words of a text that are compared one by one


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
    left, found = list(removed), []
    for text in added:
        before = max(left, key=lambda other: _likeness(other, text), default=None)
        if before is None or _likeness(before, text) < _ALIKE:
            found.append(Reworded((Mark(text, "added"),), "added"))
            continue
        left.remove(before)
        found.append(Reworded(tuple(marks(before, text)), "reworded"))
    return [*(Reworded((Mark(text, "removed"),), "removed") for text in left), *found]


def marks(before: str, after: str) -> Iterator[Mark]:
    """Yield the pieces of two texts that they share, and that differ."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _LONGEST:
        yield from (Mark(before, "removed"), Mark(after, "added"))
        return
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Mark("".join(old[first:last]), "same")
            continue
        if first < last:
            yield Mark("".join(old[first:last]), "removed")
        if start < end:
            yield Mark("".join(new[start:end]), "added")


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one[:_LONGEST], other[:_LONGEST], autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE else 0.0
