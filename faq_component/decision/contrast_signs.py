"""Signs, codes and names of variants that turn a meaning: C++ and C#, -5 and 5, 10% and 10, X9 Pro and X9 Pro+."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from faq_component.chinese import STYLE

Quantities = frozenset[object]
Variants = Mapping[str, frozenset[str]]

# What follows a product's name and makes it another product; with the sign, "Pro Plus" is "Pro+".
_VARIANT_WORDS = "pro|plus|max|mini|ultra|lite|air|turbo"
_SIGN = r"\++|\#|-(?![a-z0-9-])"
_WITH_WORDS, _SIGNS_ALONE = (
    re.compile(rf"(?<![a-z0-9])([a-z0-9]+?)((?:{suffix})*)(?![a-z0-9])")
    for suffix in (rf"\s?(?:{_VARIANT_WORDS})+(?![a-z])|\s?\+(?![a-z0-9])|{_SIGN}", _SIGN)
)
# A + after a Chinese word is its variant (会员+多少钱) where no other word follows, as in 退货+换货.
_CHINESE_PLUS = re.compile(rf"([^\W\d_a-z])\++(?=$|[\W_]|[{''.join(sorted(STYLE))}多什怎哪几是和跟])")
_CODE = re.compile(r"([a-z]+\d+)((?:-\d+| \d+(?![a-z0-9]))+)")
_BELOW_ZERO = (
    (re.compile(r"(?:零下|负|minus |negative )(?=\d)"), "-"),
    (re.compile(r"(\d+(?:\.\d+)?)(?: degrees?)?(?: celsius| fahrenheit| ?°?[cf])? below(?: zero| freezing)?"), r"-\1"),
)
_PER_CENT = re.compile(r"百分之(\d+(?:\.\d+)?)")
_QUANTITY = re.compile(r"((?<![a-z0-9])-)?(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?\s?([%‰])?")


def joined_codes(text: str) -> str:
    """Write the codes of a text in one way: K2-300 and K2 300 as K2300."""
    return _CODE.sub(lambda code: code[1] + re.sub("[- ]", "", code[2]), text)


def quantities(text: str) -> Quantities:
    """Return the numbers of a text, with digits, as what they say: 零下5 is -5, 3/4 is 0.75, 10% is not 10."""
    for pattern, written in _BELOW_ZERO:
        text = pattern.sub(written, text)
    return frozenset(_value(match) for match in _QUANTITY.finditer(_PER_CENT.sub(r"\1%", text)))


def _value(match: re.Match[str]) -> object:
    sign, number, divisor, share = match.groups()
    value = float(number) / (float(divisor or 1) or 1.0) * (-1 if sign else 1)
    return (value, share) if share else value


class Signs(NamedTuple):
    """A normalised text, and what in it a sign can turn.

    Args:
        text: the text.
        quantities: its numbers.
        variants: its Latin words and codes, with the variants in which each occurs: ``{"c": {"", "++"}}``.
        plus: Chinese characters with a + behind them.
    """

    text: str
    quantities: Quantities
    variants: Variants
    plus: frozenset[str]


def signs_of(normal: str, numbers: str) -> Signs:
    """Read the signs of a normalised text; `numbers` is a form of it with numerals as digits.

    Words such as Pro and Max are variants beside Chinese alone: an English text is compared by its words.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, variant in (_SIGNS_ALONE if normal.isascii() else _WITH_WORDS).findall(normal):
        found[name].add(re.sub(r"\s", "", variant).replace("plus", "+"))
    kinds = {name: frozenset(kinds) for name, kinds in found.items()}
    return Signs(normal, quantities(numbers), kinds, frozenset(_CHINESE_PLUS.findall(normal)))


def signs_turn(one: Signs, other: Signs, *, numbers: bool) -> bool:
    """Whether two texts that are alike have a number or a word in common that a sign, or a variant, makes another."""
    ours, theirs = one.quantities, other.quantities
    return (
        (numbers and bool(ours - theirs) and bool(theirs - ours))
        or any(one.variants[name].isdisjoint(other.variants[name]) for name in one.variants.keys() & other.variants)
        or any(char in other.text for char in one.plus - other.plus)
        or any(char in one.text for char in other.plus - one.plus)
    )
