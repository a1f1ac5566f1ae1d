"""A long message, and the parts of it that may be what is asked: the rest is the story around it."""

from __future__ import annotations

import re
from itertools import accumulate

from faq_component.retrieval.types import prepare_query

LONGEST = 40  # units of a message that is taken as one; posts of an FAQ are seldom longer
_CLAUSES = 3  # that a part may have
_SHORTEST = 6  # units of a clause; what is shorter is joined to the one after it
_MOST_CLAUSES = 16  # about so many
_PIECE = 20  # units of the pieces of a clause that is longer than LONGEST

_UNIT = re.compile(r"[a-z0-9]+|[^\W_]")
_LINE = re.compile(r"[\r\n]+")
_BREAK = re.compile(r"[,，。!?;；~、:：]+|\.{2,}|\. |(?<=[^\W\d_a-z]) +(?=[^\W\d_a-z])")
_COURTESY = re.compile(
    r"我想[问問]的是|我?想?[请請]?[问問](?:一?下|[问問])?|[你您][们們]?好|哈[喽啰囉]|在(?:不在|吗|嗎)|打[扰擾](?:一下|了)?|不好意思"
    r"|麻[烦煩](?:[你您][们們]?)?了?|多[谢謝]|感[谢謝]|[谢謝]+(?:[你您][们們]?)?了?|拜托了?|拜託了?|辛苦了?|[亲親啊呀哈哦嗯啦]"
    r"|(?<![a-z])(?:hello|hi|hey|thank you|thanks|please|excuse me)(?![a-z])"
)


def parts_of(message: str, whole: int = LONGEST) -> list[list[str]]:
    """For each place where what is asked may begin: the parts of the message that begin there, the shortest first.

    A message of at most `whole` units (a Chinese character is one, a word or number of ASCII two) is its own only
    part. Another comes first as a whole; then it is cut into clauses, without those that are only courtesies. A part
    has up to three clauses, and more than one only where they have at most `LONGEST` units.
    """
    text = prepare_query(message)
    size = _size(text)
    if size <= whole:
        return [[message]]
    clauses = _clauses(prepare_query(_LINE.sub("，", message)), max(_SHORTEST, size / _MOST_CLAUSES))
    runs = [list(accumulate(clauses[start : start + _CLAUSES], "{},{}".format)) for start in range(len(clauses))]
    return [[text], *([run[0], *(part for part in run[1:] if _size(part) <= LONGEST)] for run in runs)]


def _clauses(text: str, least: float) -> list[str]:
    """The clauses of a text, of at least so many units but for the last."""
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
    """The clause; one that is too long, as dictated without a pause, in pieces; nothing where it says nothing."""
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
    """How long a normalised text is, in units."""
    return sum(_weight(unit) for unit in _UNIT.findall(text))


def _weight(unit: str) -> int:
    return 2 if unit.isascii() else 1
