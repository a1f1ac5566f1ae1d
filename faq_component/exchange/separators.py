"""Cells that hold several texts, divided by a sign: as a heading announces it, or as the column's cells show."""

from __future__ import annotations

import re
from collections.abc import Iterable

from faq_component.text import normalize

_SIGNS = {"##": "##", "|": "[|｜]", ";": "[;；]", "/": "[/／]", ",": "[,，]", "、": "、"}
_NAMES = {
    "竖线": "|", "分号": ";", "斜杠": "/", "逗号": ",", "顿号": "、", "井号": "##",
    "pipe": "|", "pipes": "|", "semicolon": ";", "semicolons": ";", "slash": "/", "slashes": "/",
    "comma": ",", "commas": ",",
}  # fmt: skip
_ANNOUNCED = re.compile(
    r"(?:用|以|按|使用|通过) ?[\"'“‘「]? ?(?P<zh>##|[|;/,、]|竖线|分号|斜杠|逗号|顿号|井号) ?号?[\"'”’」]? ?"
    r"(?:来)?(?:分隔|隔开|分割|分开|间隔|区分)"
    r"|(?:separated|delimited|divided|split) ?(?:by|with|using) ?(?:an? )?[\"']?(?P<en>##|[|;/,、]|[a-z]+)"
)
_LEAST = {"##": 1, "|": 1, ";": 2, "/": 4}  # characters of a part of a question
_LONGEST = 60  # characters of a question of a list; longer texts hold such signs themselves


def announced(heading: str) -> str | None:
    """The sign that a heading announces, as in 相似问题(多个用##分隔); None where it announces none."""
    match = _ANNOUNCED.search(normalize(heading))
    said = (match["zh"] or match["en"]) if match else None
    return said if said in _SIGNS else _NAMES.get(said or "")


def without_announcement(heading: str) -> str:
    """A heading without the words that announce a sign."""
    return _ANNOUNCED.sub("", normalize(heading))


def shown(cells: Iterable[str], *, of_similar: bool, only_plain: bool = False) -> str | None:
    """The sign that divides the questions of a column's cells; None where they show none.

    ``##`` and ``|`` stand in no question of their own. A semicolon or slash must divide at least two cells of the
    column, and every cell with it into parts that can be questions: 3/4寸, 和/或 and 退货/换货怎么办 are not divided. A
    column of similar questions may hold several by its nature, so that one cell suffices.

    Args:
        cells: the texts of the column; a text written exactly is not divided and not among them.
        of_similar: whether the column holds similar questions.
        only_plain: whether semicolon and slash are left alone.
    """
    filled = [text for text in cells if text]
    for sign, least in _LEAST.items():
        if only_plain and least > 1:
            return None
        divided = [split(text, sign) for text in filled if re.search(_SIGNS[sign], text)]
        needed = 1 if least == 1 or (of_similar and sign != "/") else 2
        several = [parts for parts in divided if len(parts) > 1]
        if len(several) >= needed and (least == 1 or len(several) == len(divided)):
            parts = [part for parts in several for part in parts]
            if least == 1 or (len(several) * 5 >= len(filled) and all(_is_question(part, sign) for part in parts)):
                return sign
    return None


def split(text: str, sign: str) -> list[str]:
    """The texts of a cell, trimmed; empty ones are left out."""
    return [part.strip() for part in re.split(_SIGNS[sign], text) if normalize(part)]


def divides_answer(text: str) -> bool:
    """Whether ``##`` stands between the answers of a cell, and not before a heading of Markdown."""
    return re.search(r"[^\s#]##[^\s#]", text) is not None


def holds_sign(text: str) -> bool:
    """Whether an exported question would be divided when it is read."""
    return re.search(r"##|[|｜]", text) is not None


def _is_question(part: str, sign: str) -> bool:
    return _LEAST[sign] <= len(part) <= _LONGEST and not (sign == "/" and re.search(r"^\d|\d$|https?:|www\.", part))
