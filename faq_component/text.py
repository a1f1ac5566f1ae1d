"""Normalisation of texts, shared by reading, retrieval and decision."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_POINT = re.compile(r"(?<=\d)[.。](?=\d)")  # decimal point; 。 comes from Chinese keyboards
_SELECTORS = re.compile("[\ufe00-\ufe0f]")  # variation selectors: how the character before them is drawn


def normalize(text: str) -> str:
    """Normalise a text to the form in which texts are compared and encoded.

    Unicode NFKC (full-width forms and ligatures become plain), lower case, no control, zero-width or unassigned
    characters (Unicode category C) except white space, and a single space for each run of white space. Idempotent:
    ``normalize(normalize(text)) == normalize(text)``.
    """
    # Lower-casing can produce decomposed characters and NFKC can produce capitals: repeat until nothing changes.
    # Two rounds suffice for nearly every text; the loop makes the function idempotent for all of them.
    while True:
        lowered = unicodedata.normalize("NFKC", text).lower()
        kept = lowered  # most texts are printable and so have no character of category C
        if not lowered.isprintable():
            kept = "".join(ch for ch in lowered if ch.isspace() or unicodedata.category(ch)[0] != "C")
        result = _SPACES.sub(" ", kept).strip()
        if result == text:
            return result
        text = result


def comparison_key(text: str) -> str:
    """Return the normalised text without punctuation, symbols and spaces; texts with equal keys count as identical.

    A decimal point stays: "1.5公斤" is not "15公斤". How a character is drawn (variation selectors, the keycap around a
    digit) is ignored. A text of punctuation or emoji alone keeps them, so that "??" and "👍" differ.
    """
    return key_of(normalize(text))


def key_of(normal: str) -> str:
    """Return the comparison key of a normalised text."""
    if normal.isalnum():  # nothing to remove
        return normal
    plain = _SELECTORS.sub("", normal)
    key = ".".join("".join(filter(_says_something, part)) for part in _POINT.split(plain))
    return key or plain


def _says_something(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in "PSZ" and category != "Me"  # a mark around a character, such as a keycap


def char_ngrams(text: str, n: int = 2) -> frozenset[str]:
    """Return the character n-grams of a text's comparison key; a shorter text is its own only n-gram."""
    return ngrams_of(comparison_key(text), n)


def ngrams_of(key: str, n: int = 2) -> frozenset[str]:
    """Return the character n-grams of a comparison key; a shorter key is its own only n-gram."""
    if len(key) <= n:
        return frozenset([key])
    return frozenset(key[start : start + n] for start in range(len(key) - n + 1))
