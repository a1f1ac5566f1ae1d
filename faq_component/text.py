"""Normalisation of texts, the key by which texts are held to be the same, and texts that are safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

_MOST_MARKS = 30  # in a row, as in Unicode's Stream-Safe Text Format (UAX #15, section 13); no orthography needs more
_JOINER = "\u034f"  # combining grapheme joiner: invisible, and what marks before and behind it are sorted without
# So many marks in a row, or half as many that each stand for two, are looked at one by one. A mark is no letter; two
# half-width signs of Japanese, which are letters to Python, are taken for marks by NFKC.
_MANY_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[\uff9e\uff9f]){{{_MOST_MARKS // 2 - 2},}}")
_SPACES = re.compile(r"\s+")
CHINESE_CHARACTER = re.compile("[\u4e00-\u9fff]")
# Digits that NFKC makes plain and that would join a number before them: 1½ is not 11/2, and 10² is not 102.
_DIGIT_OF_ITS_OWN = re.compile("(?<=[0-9０-９])(?=[²³¹¼-¾⁰⁴-⁹₀-₉⅐-⅟↉①-⒛])")
# How a character is drawn: variation selectors, and marks around a character, such as a keycap.
_DRAWN = re.compile("[\ufe00-\ufe0f\u20dd-\u20e0\u20e2-\u20e4]")
# What moves the cursor, sets colours or the title, or turns the direction of writing, and half a surrogate pair.
_CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")

_WORD = "[a-z0-9]"
_DASH = "[-‐‒–—−]"
# What stands between two texts of letters and digits, and belongs to them; each group is written in one way.
_SIGN = re.compile(
    rf"""(?=[\W_])(?:
    (?P<thousands>(?<=\d),(?=\d{{3}}(?!\d)))
    |(?P<point>(?<={_WORD})\.(?={_WORD})|(?<!{_WORD})(?<!\.)\.(?={_WORD})|(?<=\d)。(?=\d))
    |(?P<slash>(?<={_WORD})[/⁄](?={_WORD})|(?<=\d)\s?/\s?(?=\d))
    |(?P<dash>(?<={_WORD}){_DASH}(?={_WORD})            # K2-300
        |(?<!{_WORD})(?<!{_DASH}){_DASH}(?=\.?\d)       # -5度
        |(?:(?<=[^a-z0-9][a-z])|(?<=^[a-z])){_DASH}(?!{_WORD})(?!{_DASH})   # A-会员
        |(?<=\d)\s*(?:~[\s~]*(?:{_DASH}[\s~]*)?|{_DASH}[\s~]*)(?=\d))   # 3 ~ 5天
    |(?P<times>×(?={_WORD})|(?<=\d)\s?[×*]\s?(?=\d))
    |(?P<as_written>(?<=[^\W_])\++|\s?\+\s?(?=\d)       # C++, 会员+, +86
        |(?<={_WORD})\#|\#(?=\d)                        # C#
        |(?<={_WORD})&(?={_WORD})
        |[<>=≤≥±](?=\s?\d)|[$€£¥₩](?=\s?\d)|(?<=\d)[$€£¥₩])
    |(?P<share>(?<=\d)\s?[%‰])
    |(?P<apart>(?<=\d)[\W_]+(?=\d))                     # two numbers: 1、2 is not 12
    |[\W_]
    )""",
    re.VERBOSE,
)
_NO_LETTER = re.compile(r"[-+#/%‰.&<>=≤≥±$€£¥₩ ]")
_WRITTEN = {"thousands": "", "point": ".", "slash": "/", "dash": "-", "times": "x", "apart": " "}


def normal_form(text: str, form: Literal["NFC", "NFKC"] = "NFKC") -> str:
    """Return the Unicode normal form of a text, in time that grows with its length.

    `unicodedata.normalize` sorts the marks that follow a character, such as accents, in quadratic time and lets no
    other thread run: 80,000 of them take minutes. Runs of more than 30, which no orthography has, are divided by
    combining grapheme joiners first (UAX #15, section 13). Every text whose length is not bounded goes through here.
    """
    return unicodedata.normalize(form, _with_few_marks(text))


def _with_few_marks(text: str) -> str:
    if len(text) < _MOST_MARKS // 2 or text.isascii() or not _MANY_MARKS.search(text):
        return text
    kept: list[str] = []
    marks = 0  # in a row, before the character
    for char in text:
        classes = [unicodedata.combining(part) for part in unicodedata.normalize("NFKD", char)]
        if all(classes):
            if marks + len(classes) > _MOST_MARKS:
                kept.append(_JOINER)
                marks = 0
            marks += len(classes)
        else:
            marks = next(count for count, of_class in enumerate(reversed(classes)) if not of_class)
        kept.append(char)
    return "".join(kept)


def normalize(text: str) -> str:
    """Normalise a text to the form in which texts are compared and encoded.

    Unicode NFKC (full-width forms and ligatures become plain), lower case, no control, zero-width or unassigned
    characters (Unicode category C) except white space, and a single space for each run of white space, and before a
    fraction, superscript or circled number that follows a digit. Idempotent:
    ``normalize(normalize(text)) == normalize(text)``.
    """
    text = _DIGIT_OF_ITS_OWN.sub(" ", text)
    # Lower-casing can produce decomposed characters and NFKC can produce capitals: repeat until nothing changes.
    # Two rounds suffice for nearly every text; the loop makes the function idempotent for all of them.
    while True:
        lowered = normal_form(text).lower()
        kept = lowered  # most texts are printable and so have no character of category C
        if not lowered.isprintable():
            kept = "".join(ch for ch in lowered if ch.isspace() or unicodedata.category(ch)[0] != "C")
        result = _SPACES.sub(" ", kept).strip()
        if result == text:
            return result
        text = result


def comparison_key(text: str) -> str:
    """Return the key of a text: texts with equal keys count as the same post.

    The key is the normalised text without spaces and punctuation, so full-width forms, case, spaces and the
    punctuation at the end do not matter. A sign that is part of a word stays: C, C++ and C#; A and A-; 3/4 and 34; -5
    and 5; 1.5 and 15; 10 and 10%; 5×3; $5. Digits that something separates stay apart, except for the comma of
    thousands: 1、2 is not 12, and 1,000 is 1000. How a character is drawn (variation selectors, the keycap around a
    digit) is ignored. A text of punctuation or emoji alone keeps them, so that "??" and "👍" differ.
    """
    return key_of(normalize(text))


def key_of(normal: str) -> str:
    """Return the comparison key of a normalised text."""
    if normal.isalnum():  # nothing to remove
        return normal
    plain = _DRAWN.sub("", normal)
    return _SIGN.sub(_written, plain) or plain


def _written(sign: re.Match[str]) -> str:
    kind = sign.lastgroup
    if kind is None:
        return sign[0] if unicodedata.category(sign[0]) in ("Mn", "Mc") else ""  # a vowel of a script such as Thai
    return _WRITTEN[kind] if kind in _WRITTEN else sign[0].strip()


def bare_key(text: str) -> str:
    """Return the comparison key of a text without the signs in it: C, C++ and C# are one.

    It finds what may be the same, such as a held-out sentence among training data, where a miss is worse than a find.
    """
    key = comparison_key(text)
    return _NO_LETTER.sub("", key) or key


def says_something(key: str) -> bool:
    """Whether a comparison key has a letter, or more than one digit: signs, emoji and a digit alone ask nothing."""
    return any(map(str.isalnum, key)) and not (len(key) == 1 and key.isdigit())


def char_ngrams(text: str, n: int = 2) -> frozenset[str]:
    """Return the character n-grams of a text's comparison key; a shorter text is its own only n-gram."""
    return ngrams_of(comparison_key(text), n)


def ngrams_of(key: str, n: int = 2) -> frozenset[str]:
    """Return the character n-grams of a comparison key; a shorter key is its own only n-gram."""
    if len(key) <= n:
        return frozenset([key])
    return frozenset(key[start : start + n] for start in range(len(key) - n + 1))


def mostly_chinese(texts: Iterable[str]) -> bool:
    """Whether half of the texts or more have a Chinese character; true of none at all."""
    chinese = [bool(CHINESE_CHARACTER.search(text)) for text in texts]
    return 2 * sum(chinese) >= len(chinese)


def escape_controls(text: str) -> str:
    r"""Escape the control characters of a text but for line breaks and tabs: ``\u001b``, their form in JSON.

    Every text of users, files and peers goes through it where it is shown: on a terminal, in a log, on a page.
    """
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
