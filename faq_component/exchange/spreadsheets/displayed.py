"""Values of spreadsheet cells as the spreadsheet shows them.

Written by hand: openpyxl reads a value and its format, and leaves it to Excel to apply one to the other.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

# Excel's own formats are named by number; 14 and 22 mean "short date" and look as in a Chinese Excel here.
_LOCAL = {"mm-dd-yy": "yyyy/m/d", "m/d/yy h:mm": "yyyy/m/d h:mm"}
_DATE_TOKEN = re.compile(r'"([^"]*)"|\\(.)|(y+|e+|m+|d+|h+|s+(?:\.0+)?|aaaa|aaa|AM/PM|A/P|上午/下午)', re.IGNORECASE)
_NUMBER = re.compile(r"[0#?,]*[0#?][0#?,]*(?:\.[0#?]*,*)?|\.[0#?]+")
_PLACES = re.compile("[0#?]+")
_CONDITION = re.compile(r"\[[<>=]")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
_LONGEST_FORMAT = 255  # characters; Excel allows no more
# The largest number of a cell has 309 digits before the point; a format adds two for each %, and as many behind it as
# it has places.
_EXACT = Context(prec=309 + 3 * _LONGEST_FORMAT)
_WEEKDAYS = "一二三四五六日"
_EAST_ASIAN_DATES = {
    **dict.fromkeys((27, 36, 50, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
}


def east_asian_date(number: int) -> str | None:
    """The format of a number that only East Asian editions of Excel give to dates, and openpyxl does not know."""
    return _EAST_ASIAN_DATES.get(number)


def displayed(value: object, number_format: str) -> str:
    """The text that a cell shows; a number is finite, and within those of floating point.

    Long numbers keep all of their digits, where a narrow column would show 1.2E+10; fractions and exponents are written
    as plain numbers.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if len(number_format) > _LONGEST_FORMAT:
        number_format = "General"
    if isinstance(value, int | float):
        with localcontext(_EXACT):
            return _number(Decimal(repr(value)), number_format)
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, datetime.date | datetime.time):
        return _date(value, _LOCAL.get(number_format, number_format))
    return str(value)


def _number(value: Decimal, number_format: str) -> str:
    sections = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format)
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match[1] or match[2] or match[3] or "")
        return f"\x00{len(literals) - 1}\x00"

    masked = _LITERAL.sub(keep, section)
    # The placeholders of literals hold digits: they are looked through piece by piece.
    pieces = masked.split("\x00")
    text = "".join(pieces[::2])
    patterns = [match for piece in pieces[::2] for match in _NUMBER.findall(piece)]
    if not patterns and len(pieces) > 1 and not text.strip():
        return "".join(literals).strip()
    groups = len(patterns) > 1 and all(map(_PLACES.fullmatch, patterns)) and not _CONDITION.search(number_format)
    if not (groups or len(patterns) == 1) or re.search(r"E[+-]|/|General|@", text, re.IGNORECASE):
        return _plain(value)
    shown = _digits(value * 100 ** text.count("%"), _joined(patterns) if groups else patterns[0])
    parts = iter(_parted(shown.lstrip("-"), patterns))
    shaped = [
        literals[int(piece)] if at % 2 else _NUMBER.sub(lambda _: next(parts), piece) for at, piece in enumerate(pieces)
    ]
    return ("-" if shown.startswith("-") else "") + "".join(shaped).strip()


def _joined(patterns: Sequence[str]) -> str:
    """The groups of one number, such as 000-00000000, as one pattern: behind a 0 every place has a digit."""
    places = "".join(patterns)
    empty, zero, rest = places.partition("0")
    return empty + zero + "0" * len(rest)


def _parted(digits: str, patterns: Sequence[str]) -> list[str]:
    """The digits of each pattern: filled from the right, and the first has what is left."""
    parts: list[str] = []
    for pattern in reversed(patterns[1:]):
        parts.insert(0, digits[-len(pattern) :])
        digits = digits[: -len(pattern)]
    return [digits, *parts]


def _digits(value: Decimal, pattern: str) -> str:
    scaled = value / 1000 ** (len(pattern) - len(pattern.rstrip(",")))
    whole, _, fraction = pattern.rstrip(",").partition(".")
    rounded = scaled.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    sign, digits = ("-", -rounded) if rounded < 0 else ("", rounded)
    before, _, after = f"{digits:f}".partition(".")
    least = len(re.sub("[^0]", "", whole))
    before = before.lstrip("0").rjust(least, "0")
    if "," in whole:
        first = len(before) % 3
        before = ",".join([before[:first], *(before[at : at + 3] for at in range(first, len(before), 3))]).lstrip(",")
    while len(after) > fraction.count("0") and after.endswith("0"):
        after = after[:-1]
    return f"{sign}{before}.{after}" if after else f"{sign}{before}"


def _plain(value: Decimal) -> str:
    rounded = Decimal(f"{value:.15g}")  # a double has no more digits, and Excel shows none
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(value: datetime.date | datetime.time, number_format: str) -> str:
    if number_format == "General":
        return str(value)
    section = re.sub(r"\[[^\]]*\]|_.|\*.", "", number_format.split(";")[0])
    tokens = list(_DATE_TOKEN.finditer(section))
    if not any(token[3] for token in tokens):
        return str(value)
    twelve_hours = any((token[3] or "").upper() in ("AM/PM", "A/P", "上午/下午") for token in tokens)
    names = [(token[3] or "").lower() for token in tokens]
    out, at = [], 0
    for number, token in enumerate(tokens):
        out.append(section[at : token.start()])
        at = token.end()
        if token[3] is None:
            out.append(token[1] if token[1] is not None else token[2])
            continue
        before = next((name for name in reversed(names[:number]) if name), "")
        after = next((name for name in names[number + 1 :] if name), "")
        is_minute = names[number][0] == "m" and len(names[number]) < 3 and (before[:1] == "h" or after[:1] == "s")
        out.append(_date_part(value, names[number], is_minute=is_minute, twelve_hours=twelve_hours))
    return "".join([*out, section[at:]]).strip()


def _date_part(value: datetime.date | datetime.time, token: str, *, is_minute: bool, twelve_hours: bool) -> str:
    day = value if isinstance(value, datetime.date) else datetime.date(1899, 12, 31)
    clock = value if isinstance(value, datetime.time) else datetime.time()
    if isinstance(value, datetime.datetime):
        clock = value.time()
    if "/" in token:
        morning, afternoon = token.split("/")
        return (morning if clock.hour < 12 else afternoon).upper()
    if token.startswith("aaa"):
        return ("星期" if len(token) > 3 else "") + _WEEKDAYS[day.weekday()]
    if token[0] in "ye":
        return f"{day.year:04}" if token[0] == "e" or len(token) > 2 else f"{day.year % 100:02}"
    if token[0] in "md" and len(token) > 2 and not is_minute:
        name = day.strftime("%B" if token[0] == "m" else "%A")
        return name if len(token) > 3 else name[:3]
    hour = (clock.hour - 1) % 12 + 1 if twelve_hours else clock.hour
    number = {"m": clock.minute if is_minute else day.month, "d": day.day, "h": hour, "s": clock.second}[token[0]]
    return f"{number:02}" if len(token) > 1 else str(number)
