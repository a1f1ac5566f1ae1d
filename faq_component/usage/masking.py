"""Personal data in what people type: each becomes a word such as ``[手机号]`` before anything is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from faq_component.chinese import DIGIT_VALUES

EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE = "[邮箱]", "[身份证号]", "[银行卡号]", "[手机号]", "[电话]"
WORDS = (EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE)

_MOST_CHARACTERS = 20_000
_PLAIN = dict(zip("－‐‑‒–—―−﹣＋＠．＿（）", "-" * 9 + "+@._()", strict=True))
_NUMERALS = {char: str(value) for char, value in DIGIT_VALUES.items()} | {"幺": "1"}

Check = Callable[[str], bool]


@dataclass(frozen=True)
class _Kind:
    word: str
    pattern: re.Pattern[str]
    holds: Check = lambda _found: True


def mask(text: str) -> str:
    """The text with e-mail addresses, ID cards, bank cards and phone numbers replaced by `WORDS`.

    Digits may be full-width or of another script, and apart by spaces, dashes or dots; a mobile number may also be in
    Chinese numerals. Of a text longer than 20,000 characters only the beginning is looked at, and given back.
    Idempotent: ``mask(mask(text)) == mask(text)``.
    """
    text = text[:_MOST_CHARACTERS]
    for kind in _KINDS:
        text = _replaced(text, _plain(text), kind)
    spoken = "".join(
        _NUMERALS.get(char, plain if plain in _APART else "|") for char, plain in zip(text, _plain(text), strict=True)
    )
    return _replaced(text, spoken, _SPOKEN)


def without_words(text: str) -> str:
    """The text without the words that `mask` has put in, as a post of the FAQ."""
    for word in WORDS:
        text = text.replace(word, "")
    return text.strip()


def _replaced(text: str, plain: str, kind: _Kind) -> str:
    """Replace what is found in `plain`, which has a character for each of the text's."""
    parts, end = [], 0
    for start, stop in _spans(plain, kind):
        parts += [text[end:start], kind.word]
        end = stop
    return "".join([*parts, text[end:]])


def _spans(plain: str, kind: _Kind) -> Iterator[tuple[int, int]]:
    position = 0
    while found := kind.pattern.search(plain, position):
        if kind.holds(found.group()):
            yield found.span()
            position = found.end()
        else:
            position = found.start() + 1  # another number may begin inside this one


def _plain(text: str) -> str:
    return "".join(map(_plain_character, text))


@lru_cache(maxsize=4096)
def _plain_character(char: str) -> str:
    """One ASCII character for digits, letters and marks of any width; a space for every space and invisible mark."""
    if "!" <= char <= "~":
        return char
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    if char.isspace() or unicodedata.category(char) in ("Cf", "Cc"):
        return " "
    normal = unicodedata.normalize("NFKC", char)
    return _PLAIN.get(char) or (normal if len(normal) == 1 and normal.isascii() and normal.isalpha() else char)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9Xx]", "", text).upper()


def _is_birth_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1850
    except ValueError:
        return False


def _is_id_card(found: str) -> bool:
    """A birth date, and the check digit of GB 11643; a number without gaps may have it mistyped.

    The place of birth is not looked up: a number of a county that a table does not know is personal all the same.
    """
    from stdnum.cn import ric

    number = _digits(found)
    if not _is_birth_date(number[6:14]):
        return False
    return len(found) == len(number) or number[-1] == ric.calc_check_digit(number)


def _is_old_id_card(found: str) -> bool:
    return _is_birth_date("19" + found[6:12])


def _is_bank_card(found: str) -> bool:
    """Luhn's checksum; 15 digits are American Express only."""
    from stdnum import luhn

    number = _digits(found)
    if len(number) == 15 and number[:2] not in ("34", "37"):
        return False
    return luhn.is_valid(number)


def _run(count: int, gap: str = "[ -]?") -> str:
    return rf"(?:{gap}[0-9]){{{count}}}"


_APART = " .-"
_GAP = rf"[{_APART}]{{0,3}}"
_SAID = "|".join(rf"(?<={word}{rest})" for word in ("电话", "座机", "固话") for rest in ("", "号", "号码"))
_CODE = rf"(?:(?:\+|00)?86{_GAP})?"
_AREA = rf"(?:(?:\+|00)86{_GAP}\(?0?|\(?0)(?:10|2[0-9]|[3-9][0-9]{{2}})"
_LOCAL = rf"[2-8]{_run(6, _GAP)}(?:{_GAP}[0-9])?(?:(?: ?转 ?| ?ext\.? ?|-)[0-9]{{1,6}})?"
_KINDS = (
    _Kind(EMAIL, re.compile(r"[\w.%+-]{1,64} ?@ ?[A-Za-z0-9-]{1,63}(?:[.。][A-Za-z0-9-]{1,63}){1,8}", re.A)),
    _Kind(ID_CARD, re.compile(rf"(?<![0-9])[1-9]{_run(16)}[ -]?[0-9Xx](?![0-9])"), _is_id_card),
    *(
        _Kind(BANK_CARD, re.compile(rf"(?<![0-9])[1-9]{_run(count)}(?![0-9])"), _is_bank_card)
        for count in (18, 17, 16, 15, 14)
    ),
    _Kind(ID_CARD, re.compile(r"(?<![0-9])[1-9][0-9]{14}(?![0-9])"), _is_old_id_card),
    _Kind(MOBILE, re.compile(rf"(?<![0-9+])\+(?!86)[1-9]{_run(9, _GAP)}(?:{_GAP}[0-9]){{0,5}}(?![0-9])")),
    _Kind(MOBILE, re.compile(rf"(?<![0-9]){_CODE}1{_GAP}[3-9]{_run(9, _GAP)}(?![0-9])")),
    _Kind(LANDLINE, re.compile(rf"(?<![0-9]){_AREA}\)?{_GAP}{_LOCAL}(?![0-9])")),
    _Kind(LANDLINE, re.compile(rf"(?:{_SAID})[是为:： ]{{0,3}}{_LOCAL}(?![0-9])")),
)
_SPOKEN = _Kind(MOBILE, re.compile(rf"(?<![0-9])1{_GAP}[3-9]{_run(9, _GAP)}(?![0-9])"))
