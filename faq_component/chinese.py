"""Chinese numerals, and function characters."""

from __future__ import annotations

ZEROS = "零〇"
ONE_TO_NINE = "一二三四五六七八九"
COUNTED_DIGITS = ONE_TO_NINE + "两"  # before a unit or a measure word, two is also 两

# Digits read one by one, as in a year or a telephone number.
DIGIT_VALUES = dict.fromkeys(ZEROS, 0) | {char: value for value, char in enumerate(ONE_TO_NINE, 1)}
UNIT_VALUES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}

# Characters of particles, pronouns and auxiliaries, which carry no content of a question or answer.
STYLE = frozenset("吗呢啊呀吧的了能可以会要请我你您是有在个到")

_VALUES = DIGIT_VALUES | {"两": 2}
_SECTION = 10_000  # smaller units count within a section; this and greater units multiply sections


def has_unit(numeral: str) -> bool:
    """Whether a numeral is written with units (三百五十) rather than digit by digit (三五〇)."""
    return not UNIT_VALUES.keys().isdisjoint(numeral)


def numeral_value(numeral: str, *, colloquial: bool = False) -> int:
    """Compute the value of a Chinese numeral, written with units or digit by digit.

    A unit without a digit before it counts once (十五, 千人). Zeros between units are ignored. Malformed numerals are
    not rejected: check them first where that matters.

    Args:
        numeral: of the characters in `DIGIT_VALUES`, `UNIT_VALUES` and 两.
        colloquial: read a last digit right after a unit as tenths of that unit: 三百五 is 350, 三百零五 stays 305.

    Raises:
        KeyError: the numeral contains another character.

    >>> numeral_value("三百五十"), numeral_value("二〇二四"), numeral_value("两万"), numeral_value("三亿五千万")
    (350, 2024, 20000, 350000000)
    >>> numeral_value("三百五"), numeral_value("三百五", colloquial=True)
    (305, 350)
    """
    if not has_unit(numeral):
        value = 0
        for char in numeral:
            value = 10 * value + _VALUES[char]
        return value
    total, section, digit = 0, 0, 0
    for char in numeral:
        unit = UNIT_VALUES.get(char)
        if unit is None:
            digit = _VALUES[char]
        elif unit < _SECTION:
            section, digit = section + (digit or 1) * unit, 0
        elif total < unit:  # 一万亿 is ten thousand times 亿
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
        else:
            total, section, digit = total + (section + digit or 1) * unit, 0, 0
    if colloquial:
        digit *= max(UNIT_VALUES.get(numeral[-2:-1], 10) // 10, 1)
    return total + section + digit
