"""Rewriting of texts before they are compared: synonyms, simplified characters, numbers as digits.

Posts and questions are rewritten alike, so a post still equals itself. `normalize` has already converted full-width
forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import opencc

from faq_component.chinese import COUNTED_DIGITS, ONE_TO_NINE, UNIT_VALUES, ZEROS, numeral_value
from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.text import normalize

Rewriter = Callable[[str], str]
"""Maps a normalised text to another."""

_NUMERALS = f"{ZEROS}{COUNTED_DIGITS}{''.join(UNIT_VALUES)}几数"
# A number is rewritten only before one of these words: 一下, 十分 and 三心二意 contain none.
_COUNTED = "点|号|月|日|天|块|元|折|岁|年|小时|分钟|个月|公斤|斤|米|楼|寸|码|次|件|倍"
# 一点 and 一块 are "a little" and "together" more often than numbers; 统一, 万一, 几十 and 星期一 end in a numeral.
_NO_NUMBER = rf"(?<![{_NUMERALS}统唯同单专])(?<!星期)(?<!礼拜)(?!一点(?![钟半])|一块(?!钱)|一次性)"
_NUMBER = re.compile(rf"{_NO_NUMBER}[{ZEROS}{COUNTED_DIGITS}十百千]+(?={_COUNTED})")
_D = f"[{COUNTED_DIGITS}]"
_WELL_FORMED = re.compile(f"(?:{_D}千)?零?(?:{_D}百)?零?(?:{_D}?十)?零?{_D}?")
_YEAR = re.compile(f"[一二][零{ONE_TO_NINE}]{{3}}年")


class Synonyms:
    """Replaces each word of a group by the first of the group, from left to right, longest match first.

    The first word itself stays, also where it contains another word of its group (券 in 优惠券). A word that begins or
    ends with a Latin letter or digit matches only where none is adjacent.
    """

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        """Compile the groups. *Shape:* ``(groups,)``, each the replacement followed by its synonyms."""
        self._wanted = {normalize(word): normalize(group[0]) for group in groups for word in group}
        longest_first = sorted(self._wanted, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_standing_alone, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """Replace the synonyms in a normalised text."""
        return self._pattern.sub(lambda match: self._wanted[match.group()], text) if self._pattern else text


def _standing_alone(word: str) -> str:
    before = "(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    after = "(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return before + re.escape(word) + after


def read_synonyms(path: str, earlier: Rewriter = normalize) -> Synonyms:
    """Read synonyms from a file: a group per line, separated by spaces or commas, replacement first; ``#`` comments.

    `earlier` is the rewriter that texts pass before; it is applied to the words too, so that they match.

    Raises:
        SettingsError: the file cannot be read, a group has one word, or a word is in two groups; every fault is named.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("setting '{setting}': {path} cannot be read as UTF-8 text ({error}); mend it").format(
                setting="synonyms", path=path, error=error
            )
        ) from error
    groups, faults = [], []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words = [normalize(earlier(word)) for word in re.split(r"[\s,，、]+", line)]
        group = list(dict.fromkeys(filter(None, words)))
        if len(group) < 2:
            faults.append(
                _("line {number}: '{line}' is not two different words").format(number=number, line=line.strip())
            )
        faults += [
            _("line {number}: '{word}' is in line {first} already").format(
                number=number, word=word, first=first_line[word]
            )
            for word in group
            if first_line.setdefault(word, number) != number
        ]
        groups.append(group)
    if faults:
        raise SettingsError(
            _("setting 'synonyms': {path}: {faults}; give each word one group of two or more").format(
                path=path, faults="; ".join(faults)
            )
        )
    return Synonyms(groups)


def to_simplified() -> Rewriter:
    """Make a rewriter from traditional to simplified characters (OpenCC, ``t2s``)."""
    convert = opencc.OpenCC("t2s").convert
    return lambda text: str(convert(text))


def digits(text: str) -> str:
    """Convert Chinese numbers from 0 to 9,999 before a measure word to digits, and years read digit by digit.

    Approximate numbers stay: 三五天 is "three to five days", 几十块 "some tens".

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
    """Chain rewriters in order."""

    def rewrite(text: str) -> str:
        for rewriter in rewriters:
            text = rewriter(text)
        return text

    return rewrite
