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
_ENGLISH_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("seconds", "second", "secs", "sec"), ("time", 1 / 3600)),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), ("time", 1 / 60)),
    **dict.fromkeys(("hours", "hour", "hrs", "hr"), ("time", 1.0)),
    **dict.fromkeys(("calendar days", "calendar day", "days", "day"), ("time", 24.0)),
    **dict.fromkeys(("weeks", "week"), ("time", 168.0)),
    **dict.fromkeys(("business days", "business day", "working days", "working day"), ("working days", 1.0)),
    **dict.fromkeys(("months", "month"), ("months", 1.0)),
    **dict.fromkeys(("years", "year"), ("months", 12.0)),
    **dict.fromkeys(("dollars", "dollar", "usd", "bucks"), ("dollars", 1.0)),
    **dict.fromkeys(("euros", "euro", "eur"), ("euros", 1.0)),
    **dict.fromkeys(("yuan", "rmb", "cny"), ("money", 1.0)),
    **dict.fromkeys(("percent", "per cent"), ("percent", 1.0)),
    **dict.fromkeys(("points", "point"), ("points", 1.0)),
    **dict.fromkeys(("kilograms", "kilogram", "kilos", "kilo", "kgs", "kg"), ("weight", 2.0)),
    **{
        word: (plural, 1.0)
        for plural in ("items", "pieces", "times", "copies", "guests", "people", "users", "devices", "nights", "photos")
        for word in (plural, {"copies": "copy", "people": "person"}.get(plural, plural.removesuffix("s")))
    },
}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORD_VALUES = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
}
_SCALES = {"hundred": 100, "thousand": 1000}
_SMALL = rf"(?:(?:{_TENS.replace(' ', '|')})(?:[\s-](?:{'|'.join(_ONES.split()[1:10])}))?|{_ONES.replace(' ', '|')})\b"
_ENGLISH_NUMBER = rf"\d[\d,]*(?:\.\d+)?|\b{_SMALL}(?:\s(?:hundred|thousand)(?:\s(?:and\s)?{_SMALL})?){{0,4}}"
_NUMERALS = f"[{ZEROS}{COUNTED_DIGITS}十百千万]"
# From its first digit on: from each of them on would take the square of their number.
_NUMBER = rf"(?<!\d)(?<!\d,)\d[\d,]*(?:\.\d+)?[千万]?|(?<!{_NUMERALS}){_NUMERALS}+|半"
_TO = r"\s{0,3}(?:[-–—~～至到])\s{0,3}"
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_HALF_DAY = "上午|早上|早晨|中午|下午|傍晚|晚上|晚间|夜里|凌晨"
_HOUR = rf"(?:{_HALF_DAY})?\s{{0,3}}(?:\d{{1,2}}[:点时](?!候)(?:\d\d|半)?|[{COUNTED_DIGITS}十]{{1,4}}点(?!儿|点|钱)半?)"

_PHONE = re.compile(r"(?<![\d-])(?:\d{3,4}-\d{3,4}-\d{3,4}|0\d{2,3}-\d{7,8}|1[3-9]\d{9})(?![\d-])")
_CLOCK = re.compile(rf"({_HOUR})(?:{_TO}({_HOUR}))?")
_PER_CENT = re.compile(rf"百分之({_NUMBER})")
_CURRENCY = re.compile(rf"[¥￥]\s{{0,3}}({_NUMBER})")
_COUNT = re.compile(rf"(?<!第)({_NUMBER})(?:({_UNIT})?{_TO}({_NUMBER}))?\s{{0,3}}({_UNIT})")
_ENGLISH_UNIT = "|".join(sorted(map(re.escape, _ENGLISH_UNITS), key=len, reverse=True))
_ENGLISH_TO = r"\s{0,3}(?:[-–—~]|\bto\b|\bor\b|\band\b)\s{0,3}"
_ENGLISH_COUNT = re.compile(
    rf"(?<![\w.,$€£-])({_ENGLISH_NUMBER})(?:[\s-]{{0,3}}({_ENGLISH_UNIT})?{_ENGLISH_TO}({_ENGLISH_NUMBER}))?[\s-]{{0,3}}({_ENGLISH_UNIT})(?![a-z])",
    re.IGNORECASE,
)
_ENGLISH_HOUR = r"(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\b\.?"
_ENGLISH_CLOCK = re.compile(
    rf"(?<![\w:.$]){_ENGLISH_HOUR}(?:{_ENGLISH_TO}{_ENGLISH_HOUR})?|(?<![\w:.$])(\d{{1,2}})(?::(\d\d))?{_ENGLISH_TO}{_ENGLISH_HOUR}",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"([$€£])\s?(\d[\d,]*(?:\.\d+)?)")
_SYMBOLS = {"$": "dollars", "€": "euros", "£": "pounds"}
# Two neighbouring numerals are a guess (一两天, 三五件), and 一点 or 一个 seldom a number.
_GUESS = re.compile(f"[{COUNTED_DIGITS}]{{2}}")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_CLAUSE_END = re.compile(r"[。！？!?；;\n，,：:、（）()]|\.(?=\s|$)")
_AROUND, _AROUND_ENGLISH = 10, 50  # characters
_FUNCTION_WORDS = (
    "a about an and are as at be before after by can for from get has have if in is it its least less may more most no "
    "not of on only or our please than that the then there this to up us usually we will with within you your"
)
_STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_STYLE = STYLE | frozenset("哦就也都还们一般大约左右为需每再内和与或及这那")


@dataclass(frozen=True)
class Quantity:
    """A value, or a range of values, in the unit of its dimension, and the characters of substance around it.

    Values of two dimensions are not comparable: working days with days, months with days. `beside` are the characters
    of its clause, `around` those of its sentence; of an English text they are its words.
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


def _read_english(match: re.Match[str]) -> _Values | None:
    first, first_unit, last, unit = match.groups()
    dimension, size = _ENGLISH_UNITS[unit.lower()]
    if (first_unit and _ENGLISH_UNITS[first_unit.lower()][0] != dimension) or (
        last is None and first.lower() == "one" and dimension not in ("time", "working days", "months")
    ):
        return None
    first_size = _ENGLISH_UNITS[first_unit.lower()][1] if first_unit else size
    return dimension, _round(_english_number(first) * first_size), _round(_english_number(last or first) * size)


def _english_number(text: str) -> float:
    """The value of ``2,000``, ``3.5`` or ``one hundred and five``."""
    if text[0].isdigit():
        return float(text.replace(",", ""))
    total, section = 0, 0
    for word in re.findall("[a-z]+", text.lower()):
        if word in _SCALES:
            section = max(section, 1) * _SCALES[word]
            total, section = (total + section, 0) if word == "thousand" else (total, section)
        else:
            section += _WORD_VALUES.get(word, 0)
    return float(total + section)


def _read_english_clock(match: re.Match[str]) -> _Values:
    first, minutes, half, last, last_minutes, last_half, plain, plain_minutes, end, end_minutes, end_half = (
        match.groups()
    )
    if plain:  # 9-6 pm, of which the first is in the morning where it is later on the clock
        until = _on_the_clock(end, end_minutes, end_half)
        start = _on_the_clock(plain, plain_minutes, end_half)
        return "time of day", start if start < until else _on_the_clock(plain, plain_minutes, "a"), until
    start = _on_the_clock(first, minutes, half)
    return "time of day", start, _on_the_clock(last, last_minutes, last_half) if last else start


def _on_the_clock(hour: str, minutes: str | None, half: str) -> float:
    return int(hour) % 12 + int(minutes or 0) / 60 + (12 if half.lower() == "p" else 0)


def _read_symbol(match: re.Match[str]) -> _Values:
    value = float(match[2].replace(",", ""))
    return _SYMBOLS[match[1]], value, value


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Values | None]], ...] = (
    (_PHONE, _read_phone),
    (_ENGLISH_CLOCK, _read_english_clock),
    (_CLOCK, _read_clock),
    (_PER_CENT, _read_per_cent),
    (_CURRENCY, _read_currency),
    (_SYMBOL, _read_symbol),
    (_ENGLISH_COUNT, _read_english),
    (_COUNT, _read_count),
)


def _around(plain: str, start: int, end: int, border: re.Pattern[str]) -> frozenset[str]:
    """What is said before and after a quantity, as far as a border, without other numbers."""
    before, after = plain[max(0, start - _AROUND) : start], plain[end : end + _AROUND]
    if (before + after).isascii() and any(map(str.isalpha, before + after)):
        before = border.split(plain[max(0, start - _AROUND_ENGLISH) : start])[-1]
        words = re.findall("[a-z]+", f"{before} {border.split(plain[end : end + _AROUND_ENGLISH])[0]}".lower())
        return frozenset(_stem(word) for word in words if word not in _STOP_WORDS and len(word) > 1)
    both = border.split(before)[-1] + border.split(after)[0]
    return frozenset(char for char in both if char.isalpha() and char not in _STYLE)


def _stem(word: str) -> str:
    """The beginning of a word that its forms share: shipping, ships and shipped are ship."""
    stem = re.sub(r"(?<=[a-z]{3})(?:ing|ed|es|s|e)$", "", word)
    return re.sub(r"(?<=[a-z]{2})([b-df-hj-np-tv-z])\1$", r"\1", stem)
