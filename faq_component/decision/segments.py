"""Segments of a long message, one of which may be the question while the rest is the story around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from faq_component.retrieval.question import MAX_QUERY_CHARS, Question
from faq_component.types import Hit

LONGEST = 40  # units of a message that is not split; posts of an FAQ are seldom longer
_CLAUSES = 3  # most clauses of a segment
_SHORTEST = 6  # least units of a clause; a shorter one is joined to the next
_MOST_CLAUSES = 16  # approximate limit for a message
_PIECE = 20  # units of the pieces of a clause that is longer than LONGEST

_UNIT = re.compile(r"[a-z0-9]+|[^\W_]")
_BREAK = re.compile(r"[,，。!?;；~、:：]+|\.{2,}|\. |(?<=[^\W\d_a-z]) +(?=[^\W\d_a-z])")
_COURTESY = re.compile(
    r"我想[问問]的是|我?想?[请請]?[问問](?:一?下|[问問])?|[你您][们們]?好|哈[喽啰囉]|在(?:不在|吗|嗎)|打[扰擾](?:一下|了)?|不好意思"
    r"|麻[烦煩](?:[你您][们們]?)?了?|多[谢謝]|感[谢謝]|[谢謝]+(?:[你您][们們]?)?了?|拜托了?|拜託了?|辛苦了?|[亲親啊呀哈哦嗯啦]"
    r"|(?<![a-z])(?:hello|hi|hey|thank you|thanks|please|excuse me)(?![a-z])"
)


@dataclass(frozen=True)
class Segment:
    """A message, or a segment of a long one, with its hits, best first."""

    question: Question
    hits: Sequence[Hit]


def segments_of(message: Question, whole: int = LONGEST) -> list[list[Question]]:
    """Return, for each place where the question may begin, the segments that begin there, the shortest first.

    A message of at most `whole` units (a Chinese character is one unit, an ASCII word or number two) is its own only
    segment. A longer one comes first as a whole, then in clauses, which also end at line breaks; clauses of nothing but
    courtesies are left out. A segment has up to three clauses; several clauses have at most `LONGEST` units together.
    """
    return message.once(("segments", whole, message.among), lambda: _segments_of(message, whole))


def _segments_of(message: Question, whole: int) -> list[list[Question]]:
    size = _size(message.text)
    if size <= whole:
        return [[message]]
    clauses = _clauses(",".join(message.lines)[:MAX_QUERY_CHARS], max(_SHORTEST, size / _MOST_CLAUSES))
    runs = [list(accumulate(clauses[start : start + _CLAUSES], "{},{}".format)) for start in range(len(clauses))]
    starts = ([run[0], *(text for text in run[1:] if _size(text) <= LONGEST)] for run in runs)
    return [[message], *([Question.of_normalized(text, message.among) for text in texts] for texts in starts)]


def _clauses(text: str, least: float) -> list[str]:
    """Split a text into clauses of at least `least` units, except the last."""
    found = [piece for clause in _BREAK.split(text) for piece in _pieces(clause.strip())]
    kept = [clause for clause in found if _UNIT.search(_COURTESY.sub("", clause))] or found
    joined: list[str] = []
    for clause in kept:
        if joined and _size(joined[-1]) < least:
            joined[-1] += f",{clause}"
        else:
            joined.append(clause)
    return joined


def _pieces(clause: str) -> list[str]:
    """Split a clause that is too long, such as dictated text; return nothing for one without a letter or digit."""
    units = list(_UNIT.finditer(clause))
    if _size(clause) <= LONGEST:
        return [clause] if units else []
    starts, size = [0], 0
    for unit in units:
        if size >= _PIECE:
            starts.append(unit.start())
            size = 0
        size += _weight(unit[0])
    return [clause[start:end].strip() for start, end in zip(starts, [*starts[1:], len(clause)], strict=True)]


def _size(text: str) -> int:
    """Length of a normalised text in units."""
    return sum(_weight(unit) for unit in _UNIT.findall(text))


def _weight(unit: str) -> int:
    return 2 if unit.isascii() else 1
