"""Rewriting of texts before they are compared: synonyms, simplified characters, numbers in digits.

Posts and questions are rewritten alike, so a post still equals itself. Full-width forms need none of this:
`normalize` has made them plain already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import opencc

from faq_component.encoders import Encoder
from faq_component.errors import SettingsError
from faq_component.recall.tokens import read_word_list
from faq_component.text import normalize

Rewriter = Callable[[str], str]

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1_000}
# A number is rewritten only before one of these words, for 一下, 十分 and 万一 hold none; 一点 and 一块 are "a little"
# and "together" more often than numbers.
_COUNTED = "点|号|月|日|天|块|元|折|岁|年|小时|分钟|个月|公斤|斤|米|楼|寸|码|次|件|倍"
_NUMBER = re.compile(rf"(?!一[点块])[零〇一二两三四五六七八九十百千]+(?={_COUNTED})")


class Synonyms:
    """Replaces each word of a group by the first of the group, the longest words first.

    Words of Latin letters and digits are replaced only where they stand alone.
    """

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        """*Shape:* `groups` ``(groups,)``, each the wanted word and its synonyms."""
        self._wanted = {normalize(word): normalize(group[0]) for group in groups for word in group[1:]}
        longest_first = sorted(self._wanted, key=len, reverse=True)
        alone = [rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" for word in longest_first]
        self._pattern = re.compile("|".join(alone)) if alone else None

    def __call__(self, text: str) -> str:
        """The normalised text with its synonyms replaced."""
        text = normalize(text)
        return self._pattern.sub(lambda match: self._wanted[match.group()], text) if self._pattern else text


def read_synonyms(path: str) -> Synonyms:
    """Synonyms from a file: one group per line, its words parted by spaces, the wanted one first; ``#`` comments.

    Raises:
        SettingsError: the file cannot be read, a group has one word, or a word is in two groups; all are named.
    """
    groups = [line.split() for line in read_word_list(path, "synonyms")]
    faults = [f"'{group[0]}' stands alone" for group in groups if len(group) == 1]
    seen: dict[str, str] = {}
    for group in groups:
        for word in map(normalize, group):
            if word in seen:
                faults.append(f"'{word}' is in the groups of '{seen[word]}' and of '{group[0]}'")
            seen.setdefault(word, group[0])
    if faults:
        raise SettingsError(f"setting 'synonyms': {path}: {'; '.join(faults)}; give each word one group of two or more")
    return Synonyms(groups)


def to_simplified() -> Rewriter:
    """A rewriter from traditional to simplified characters (OpenCC, ``t2s``)."""
    convert = opencc.OpenCC("t2s").convert
    return lambda text: str(convert(text))


def digits(text: str) -> str:
    """Chinese numbers before a counted word as digits.

    >>> digits("十点半睡，三百二十块，一下就好")
    '10点半睡，320块，一下就好'
    """
    return _NUMBER.sub(lambda match: _to_digits(match.group()), text)


def _to_digits(number: str) -> str:
    if not any(char in _UNITS for char in number):
        # Said digit by digit, as years are; two or three digits in a row are a guess: 三五天 is "three to five days".
        return number if len(number) in (2, 3) else "".join(str(_DIGITS[char]) for char in number)
    total, digit = 0, None
    for char in number:
        if char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return str(total + (digit or 0))


def compose(rewriters: Sequence[Rewriter]) -> Rewriter:
    """All of them, one after the other."""

    def rewrite(text: str) -> str:
        for rewriter in rewriters:
            text = rewriter(text)
        return text

    return rewrite


class RewritingEncoder:
    """An encoder that rewrites each text first."""

    def __init__(self, encoder: Encoder, rewrite: Rewriter) -> None:
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint  # what is cached is the vector of the rewritten text
        self._encoder = encoder
        self._rewrite = rewrite

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of the rewritten texts. *Shape:* ``(len(texts), dim)``."""
        return self._encoder.encode([self._rewrite(text) for text in texts])
