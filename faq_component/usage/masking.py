"""Personal data in what people type: each becomes a word such as ``[手机号]`` before anything is kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from faq_component.chinese import DIGIT_VALUES
from faq_component.text import normal_form
from faq_component.usage.personal import MOBILE, WORDS, Kind
from faq_component.usage.personal_numbers import APART, NUMBERS, SPOKEN
from faq_component.usage.personal_words import ADDRESSES, CREDENTIALS, EMAILS

__all__ = ["MOBILE", "WORDS", "mask", "without_words"]

_MOST_CHARACTERS = 20_000
_PLAIN = dict(
    zip(
        "－‐‑‒–—―−﹣＋＠﹫．＿（）／，、・•‧∙：＝～〜｜＃【】〔〕［］｛｝",
        "-" * 9 + "+@@._()/,,····:=~~|#[][][]{}",
        strict=True,
    )
)
_NUMERALS = {char: str(value) for char, value in DIGIT_VALUES.items()} | {"幺": "1"}
_NUMERALS |= {char: str(value % 10) for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")} | {
    "貳": "2",
    "參": "3",
    "陸": "6",
}
_ENCLOSING = ("Mn", "Me")
_KINDS = (*EMAILS, *NUMBERS, *ADDRESSES, *CREDENTIALS)


def mask(text: str) -> str:
    """The text with personal data replaced by `WORDS`.

    That is e-mail addresses, also with their signs spelled out; ID cards, bank cards, phone numbers of China, Hong
    Kong, Taiwan and the USA, and of other countries with their code; ids of WeChat and QQ and passwords that are said
    to be such; IP addresses. Digits may be full-width, keycaps or of another script, and apart by spaces, dashes, dots
    and other marks; numbers of mobiles and cards may also be in Chinese numerals or circled digits, of mobiles in
    English words. Of a text longer than 20,000 characters only the beginning is looked at, and given back. Idempotent:
    ``mask(mask(text)) == mask(text)``.
    """
    text = _masked(text[:_MOST_CHARACTERS], _KINDS, _plain_character)
    return _masked(text, SPOKEN, _spoken_character)


def without_words(text: str) -> str:
    """The text without the words that `mask` has put in, as a post of the FAQ."""
    for word in WORDS:
        text = text.replace(word, "")
    return text.strip()


def _masked(text: str, kinds: Sequence[Kind], character: Callable[[str], str]) -> str:
    plain = "".join(map(character, text))
    for kind in kinds:
        masked = _replaced(text, plain, kind)
        if masked != text:
            text, plain = masked, "".join(map(character, masked))
    return text


def _replaced(text: str, plain: str, kind: Kind) -> str:
    """Replace what is found in `plain`, which has a character for each of the text's."""
    parts: list[str] = []
    end = 0
    for start, stop in _spans(plain, kind):
        parts += [text[end:start], kind.word]
        end = stop
        while end < len(text) and unicodedata.category(text[end]) in _ENCLOSING:
            end += 1  # the marks that make the last digit a keycap
    return "".join([*parts, text[end:]])


def _spans(plain: str, kind: Kind) -> Iterator[Sequence[int]]:
    own = "own" if "own" in kind.pattern.groupindex else 0
    position = 0
    while found := kind.pattern.search(plain, position):
        if kind.holds(found[own]):
            yield found.span(own)
            position = found.end()
        else:
            position = found.start() + 1  # another number may begin inside this one


@lru_cache(maxsize=4096)
def _plain_character(char: str) -> str:
    """One ASCII character for digits, letters and marks of any width; a space for every space and invisible mark."""
    if "!" <= char <= "~":
        return char
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    if char.isspace() or unicodedata.category(char) in ("Cf", "Cc", *_ENCLOSING):  # a keycap is a digit and two marks
        return " "
    normal = normal_form(char)
    return _PLAIN.get(char) or (normal if len(normal) == 1 and normal.isascii() and normal.isalpha() else char)


@lru_cache(maxsize=4096)
def _spoken_character(char: str) -> str:
    """As `_plain_character`, with Chinese numerals and circled digits as digits; a letter for all that is no mark."""
    plain = _plain_character(char)
    if (digit := _NUMERALS.get(char)) is not None:
        return digit
    if plain in APART or plain.isdecimal():
        return plain
    value = unicodedata.digit(char, None)
    return "x" if value is None else str(value)
