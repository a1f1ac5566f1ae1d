"""Rewriting of texts before they are compared: synonyms, simplified characters, numbers in digits.

Posts and questions are rewritten alike, so a post still equals itself. Full-width forms need none of this:
`normalize` has made them plain already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import opencc

from faq_component.chinese import COUNTED_DIGITS, ONE_TO_NINE, UNIT_VALUES, ZEROS, numeral_value
from faq_component.errors import SettingsError
from faq_component.text import normalize

Rewriter = Callable[[str], str]
"""From a normalised text to another."""

_NUMERALS = f"{ZEROS}{COUNTED_DIGITS}{''.join(UNIT_VALUES)}几数"
# A number is rewritten only before one of these words, for 一下, 十分 and 三心二意 hold none.
_COUNTED = "点|号|月|日|天|块|元|折|岁|年|小时|分钟|个月|公斤|斤|米|楼|寸|码|次|件|倍"
# 一点 and 一块 are "a little" and "together" more often than numbers; 统一, 万一, 几十 and 星期一 end in a numeral.
_NO_NUMBER = rf"(?<![{_NUMERALS}统唯同单专])(?<!星期)(?<!礼拜)(?!一点(?![钟半])|一块(?!钱)|一次性)"
_NUMBER = re.compile(rf"{_NO_NUMBER}[{ZEROS}{COUNTED_DIGITS}十百千]+(?={_COUNTED})")
_D = f"[{COUNTED_DIGITS}]"
_WELL_FORMED = re.compile(f"(?:{_D}千)?零?(?:{_D}百)?零?(?:{_D}?十)?零?{_D}?")
_YEAR = re.compile(f"[一二][零{ONE_TO_NINE}]{{3}}年")


class Synonyms:
    """Replaces each word of a group by the first of the group: from the left, at each place the longest word.

    A wanted word stays as it is, also where another word of its group is part of it (券 in 优惠券). Where a word
    begins or ends with a Latin letter or digit, none may stand beside it.
    """

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        """*Shape:* `groups` ``(groups,)``, each the wanted word and its synonyms."""
        self._wanted = {normalize(word): normalize(group[0]) for group in groups for word in group}
        longest_first = sorted(self._wanted, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_standing_alone, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The normalised text with its synonyms replaced."""
        return self._pattern.sub(lambda match: self._wanted[match.group()], text) if self._pattern else text


def _standing_alone(word: str) -> str:
    before = "(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    after = "(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return before + re.escape(word) + after


def read_synonyms(path: str, earlier: Rewriter = normalize) -> Synonyms:
    """Synonyms from a file: one group per line, words parted by spaces or commas, the wanted one first; ``#`` comments.

    `earlier` is what texts go through before; the words go through it too, or none of them would be found.

    Raises:
        SettingsError: the file cannot be read, a group has one word, or a word is in two groups; all are named.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"setting 'synonyms': {path} cannot be read as UTF-8 text ({error}); mend it") from error
    groups, faults = [], []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words = [normalize(earlier(word)) for word in re.split(r"[\s,，、]+", line)]
        group = list(dict.fromkeys(filter(None, words)))
        if len(group) < 2:
            faults.append(f"line {number}: '{line.strip()}' is not two different words")
        faults += [
            f"line {number}: '{word}' is in line {first_line[word]} already"
            for word in group
            if first_line.setdefault(word, number) != number
        ]
        groups.append(group)
    if faults:
        raise SettingsError(f"setting 'synonyms': {path}: {'; '.join(faults)}; give each word one group of two or more")
    return Synonyms(groups)


def to_simplified() -> Rewriter:
    """A rewriter from traditional to simplified characters (OpenCC, ``t2s``)."""
    convert = opencc.OpenCC("t2s").convert
    return lambda text: str(convert(text))


def digits(text: str) -> str:
    """Chinese numbers from 0 to 9,999 before a counted word as digits, also years said digit by digit.

    What says no one number stays: 三五天 is "three to five days", 几十块 "some tens".

    >>> digits("十点半睡，三百二十块，三百五块，一下就好")
    '10点半睡，320块，350块，一下就好'
    """
    return _NUMBER.sub(lambda match: _to_digits(match.group(), match.string[match.end()]), text)


def _to_digits(number: str, counted: str) -> str:
    plain = number.replace("〇", "零")
    if _YEAR.fullmatch(plain + counted) or plain == "零":
        return str(numeral_value(plain))
    if not _WELL_FORMED.fullmatch(plain) or "零" in (plain[0], plain[-1]):
        return number
    return str(numeral_value(plain, colloquial=True))


def compose(rewriters: Sequence[Rewriter]) -> Rewriter:
    """All of them, one after the other."""

    def rewrite(text: str) -> str:
        for rewriter in rewriters:
            text = rewriter(text)
        return text

    return rewrite
