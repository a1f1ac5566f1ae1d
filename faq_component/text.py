"""Normalisation of what people type, shared by the loader, the recall and the decision."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_POINT = re.compile(r"(?<=\d)[.。](?=\d)")  # of a decimal number; a Chinese keyboard gives the second
_SELECTORS = re.compile("[\ufe00-\ufe0f]")  # they say how the character before them is drawn


def normalize(text: str) -> str:
    """Bring a text into the one form in which texts are compared and encoded.

    Unicode NFKC (full-width forms and ligatures become plain), lower case, no control, zero-width or
    unassigned characters (Unicode category C) other than white space, runs of white space as one space.
    Idempotent: ``normalize(normalize(text)) == normalize(text)``.
    """
    # Lower-casing can produce decomposed characters and NFKC can produce capitals: repeat until nothing changes.
    # Two rounds suffice for nearly every text; the loop is what makes the function idempotent for all of them.
    while True:
        lowered = unicodedata.normalize("NFKC", text).lower()
        kept = lowered  # a printable text has none of category C; most are, and need no look at each character
        if not lowered.isprintable():
            kept = "".join(ch for ch in lowered if ch.isspace() or unicodedata.category(ch)[0] != "C")
        result = _SPACES.sub(" ", kept).strip()
        if result == text:
            return result
        text = result


def comparison_key(text: str) -> str:
    """The normalised text without punctuation, symbols and spaces: two texts with one key say the same.

    The point of a number stays: "1.5公斤" is not "15公斤". How a character is drawn (variation selectors, the keycap
    around a digit) does not count. A text of punctuation or emoji alone keeps them, so that "??" and "👍" stay apart.
    """
    return key_of(normalize(text))


def key_of(normal: str) -> str:
    """The comparison key of a text that is normalised already."""
    if normal.isalnum():  # then there is nothing to take away
        return normal
    plain = _SELECTORS.sub("", normal)
    key = ".".join("".join(filter(_says_something, part)) for part in _POINT.split(plain))
    return key or plain


def _says_something(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in "PSZ" and category != "Me"  # a mark around a character, such as a keycap


def char_ngrams(text: str, n: int = 2) -> frozenset[str]:
    """The set of character n-grams of a text's comparison key; a shorter text is its own only n-gram."""
    return ngrams_of(comparison_key(text), n)


def ngrams_of(key: str, n: int = 2) -> frozenset[str]:
    """The set of character n-grams of a comparison key; a shorter key is its own only n-gram."""
    if len(key) <= n:
        return frozenset([key])
    return frozenset(key[start : start + n] for start in range(len(key) - n + 1))
