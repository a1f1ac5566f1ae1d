"""The quantities that a text states: how long, how much, how many, when, which telephone number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from faq_component.chinese import COUNTED_DIGITS, STYLE, UNIT_VALUES, ZEROS, numeral_value

_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}  # full-width forms, one for one
_COUNTED = "件张次期位份倍层楼人名条款种岁度级套双单个字"

# Each unit with the dimension in which it is compared, and its size there.
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("秒", "秒钟"), ("time", 1 / 3600)),
    **dict.fromkeys(("分钟",), ("time", 1 / 60)),
    **dict.fromkeys(("小时", "个小时", "钟头", "个钟头"), ("time", 1.0)),
    **dict.fromkeys(("天", "日", "个自然日", "自然日"), ("time", 24.0)),
    **dict.fromkeys(("周", "星期", "个星期", "礼拜", "个礼拜"), ("time", 168.0)),
    **dict.fromkeys(("工作日", "个工作日", "工作天", "个工作天"), ("working days", 1.0)),
    **dict.fromkeys(("个月",), ("months", 1.0)),
    **dict.fromkeys(("年",), ("months", 12.0)),
    **dict.fromkeys(("元", "块", "块钱", "元钱"), ("money", 1.0)),
    **dict.fromkeys(("%",), ("percent", 1.0)),
    **dict.fromkeys(("折",), ("discount", 1.0)),
    **dict.fromkeys(("积分",), ("points", 1.0)),
    **dict.fromkeys(("公斤", "千克", "kg"), ("weight", 2.0)),
    **dict.fromkeys(("斤",), ("weight", 1.0)),
    **dict.fromkeys(("厘米", "公分", "cm"), ("length", 1.0)),
    **dict.fromkeys(("号",), ("day of the month", 1.0)),
    **{unit: (unit, 1.0) for unit in _COUNTED},
}
_NUMBER = rf"\d[\d,]*(?:\.\d+)?[千万]?|[{ZEROS}{COUNTED_DIGITS}十百千万]+|半"
_TO = r"\s*(?:[-–—~～至到])\s*"
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_HALF_DAY = "上午|早上|早晨|中午|下午|傍晚|晚上|晚间|夜里|凌晨"
_HOUR = rf"(?:{_HALF_DAY})?\s*(?:\d{{1,2}}[:点时](?!候)(?:\d\d|半)?|[{COUNTED_DIGITS}十]+点(?!儿|点|钱)半?)"

_PHONE = re.compile(r"(?<![\d-])(?:\d{3,4}-\d{3,4}-\d{3,4}|0\d{2,3}-\d{7,8}|1[3-9]\d{9})(?![\d-])")
_CLOCK = re.compile(rf"({_HOUR})(?:{_TO}({_HOUR}))?")
_PER_CENT = re.compile(rf"百分之({_NUMBER})")
_CURRENCY = re.compile(rf"[¥￥]\s*({_NUMBER})")
_COUNT = re.compile(rf"(?<!第)({_NUMBER})(?:({_UNIT})?{_TO}({_NUMBER}))?\s*({_UNIT})")
# Two neighbouring numerals are a guess (一两天, 三五件), and 一点 or 一个 seldom a number.
_GUESS = re.compile(f"[{COUNTED_DIGITS}]{{2}}")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CLAUSE_END = re.compile(r"[。！？!?；;\n，,：:、（）()]")
_AROUND = 10
_STYLE = STYLE | frozenset("哦就也都还们一般大约左右为需每再内和与或及这那")


@dataclass(frozen=True)
class Quantity:
    """A value, or a range of values, in the unit of its dimension, and the characters of substance around it.

    Values of two dimensions are not comparable: working days with days, months with days. `beside` are the characters
    of its clause, `around` those of its sentence.
    """

    dimension: str
    low: float
    high: float
    text: str
    beside: frozenset[str]
    around: frozenset[str]

    @property
    def form(self) -> tuple[str, bool]:
        """The dimension, and whether it is a range."""
        return self.dimension, self.low != self.high

    def agrees(self, other: Quantity) -> bool:
        """Whether both can be true of one thing: the same, or one is an end of the other's range."""
        mine, others = {self.low, self.high}, {other.low, other.high}
        if mine == others:
            return True
        return (len(mine) == 1 or len(others) == 1) and bool(mine & others)


def quantities(text: str) -> list[Quantity]:
    """All quantities of a text, in no particular order."""
    plain = text.translate(_PLAIN)
    found: list[tuple[int, int, str, float, float]] = []
    for pattern, read in _READERS:
        kept = list(plain)
        for match in pattern.finditer(plain):
            if values := read(match):
                found.append((match.start(), match.end(), *values))
                end = match.end() - len("积分") if values[0] == "points" else match.end()  # a word that says much
                kept[match.start() : end] = "\0" * (end - match.start())
        plain = "".join(kept)
    return [
        Quantity(
            dimension,
            low,
            high,
            text[start:end].strip(),
            _around(plain, start, end, _CLAUSE_END),
            _around(plain, start, end, _SENTENCE_END),
        )
        for start, end, dimension, low, high in found
    ]


def read_number(text: str) -> float:
    """The value of a numeral: ``2,000``, ``3.5``, ``2万``, ``三百五十``, ``半``."""
    if text == "半":
        return 0.5
    if text[0].isdigit():
        power = UNIT_VALUES.get(text[-1], 1)
        return float(text.rstrip("千万").replace(",", "")) * power
    try:
        return float(numeral_value(text))
    except OverflowError:  # hundreds of digits
        return math.inf


_Values = tuple[str, float, float]


def _read_phone(match: re.Match[str]) -> _Values:
    number = float(re.sub(r"\D", "", match[0]))
    return f"telephone number of {len(match[0])} characters", number, number


def _read_clock(match: re.Match[str]) -> _Values | None:
    if match[0] in ("一点", "两点", "三点") or (match[2] is None and match[1].startswith("一点")):
        return None
    start = _hour(match[1])
    return "time of day", start, _hour(match[2]) if match[2] else start


def _hour(text: str) -> float:
    parts = re.match(rf"({_HALF_DAY})?\s*(\d+|[{COUNTED_DIGITS}十]+)\D(\d\d|半)?", text)
    if parts is None:  # what _HOUR matches, this does
        raise ValueError(text)
    hour = read_number(parts[2])
    if parts[1] in ("下午", "傍晚", "晚上", "晚间", "夜里") and hour < 12:
        hour += 12
    return hour + (0.5 if parts[3] == "半" else int(parts[3] or 0) / 60)


def _read_per_cent(match: re.Match[str]) -> _Values:
    value = read_number(match[1])
    return "percent", value, value


def _read_currency(match: re.Match[str]) -> _Values:
    value = read_number(match[1])
    return "money", value, value


def _read_count(match: re.Match[str]) -> _Values | None:
    first, first_unit, last, unit = match.groups()
    dimension, size = _UNITS[unit]
    if dimension in _COUNTED and last is None and first in ("一", "半", "二"):
        return None
    if dimension == "discount":
        low, high = (_discount(number) for number in (first, last or first))
        return dimension, low, high
    if any(_GUESS.fullmatch(number) for number in (first, last or "")):
        return None
    if first_unit and _UNITS[first_unit][0] != dimension:
        return None
    first_size = _UNITS[first_unit][1] if first_unit else size
    return dimension, _round(read_number(first) * first_size), _round(read_number(last or first) * size)


def _discount(number: str) -> float:
    """95折 and 九五折 are 9.5折."""
    value = read_number(number)
    return value / 10 if value >= 10 else value


def _round(value: float) -> float:
    return round(value, 6)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Values | None]], ...] = (
    (_PHONE, _read_phone),
    (_CLOCK, _read_clock),
    (_PER_CENT, _read_per_cent),
    (_CURRENCY, _read_currency),
    (_COUNT, _read_count),
)


def _around(plain: str, start: int, end: int, border: re.Pattern[str]) -> frozenset[str]:
    """The characters of substance before and after a quantity, as far as a border, without other numbers."""
    before = border.split(plain[max(0, start - _AROUND) : start])[-1]
    after = border.split(plain[end : end + _AROUND])[0]
    return frozenset(char for char in before + after if char.isalpha() and char not in _STYLE)
