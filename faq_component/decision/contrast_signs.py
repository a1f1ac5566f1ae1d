"""Signs, codes and names of variants that turn a meaning: C++ and C#, -5 and 5, 10% and 10, X9 Pro and X9 Pro+."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from faq_component.chinese import COUNTED_DIGITS, STYLE, UNIT_VALUES, ZEROS

Quantities = frozenset[object]

# What follows a product's name and makes it another product; with the sign, "Pro Plus" is "Pro+".
_VARIANT_WORDS = "pro|plus|max|mini|ultra|lite|air|turbo"
_SIGN = r"\++|\#|(?:(?<=[^a-z0-9][a-z])|(?<=^[a-z]))-(?![a-z0-9-])"
_WITH_WORDS, _SIGNS_ALONE = (
    re.compile(rf"(?<![a-z0-9])([a-z0-9]+?)((?:{suffix})*)(?![a-z0-9])")
    for suffix in (rf"\s?(?:{_VARIANT_WORDS})+(?![a-z])|\s?\+(?![a-z0-9])|{_SIGN}", _SIGN)
)
# A + after a Chinese word is its variant (会员+多少钱) where no other word follows, as in 退货+换货.
_CHINESE_PLUS = re.compile(rf"([^\W\d_a-z])\++(?=$|[\W_]|[{''.join(sorted(STYLE))}多什怎哪几是和跟])")
_CODE = re.compile(r"(?<![a-z])([a-z]+\d+)((?:-\d+| \d+(?![a-z0-9]))+)")
_NUMERAL = f"[\\d.{ZEROS}{COUNTED_DIGITS}{''.join(UNIT_VALUES)}]"
# Words for signs, of a text with or without spaces.
_WRITTEN = (
    (re.compile(rf"百分之({_NUMERAL}+)"), r"\1%"),
    (re.compile(rf"(?:零下|负|(?<![a-z])(?:minus|negative) ?)(?={_NUMERAL})"), "-"),
    (
        re.compile(
            r"(?<!\d)(\d+(?:\.\d+)?)(?: ?degrees?)?(?: ?(?:celsius|fahrenheit|°?[cf]))? ?below ?(?:zero|freezing)"
        ),
        r"-\1",
    ),
    (re.compile(r"(?:(?<=\d)|(?<=pro)) ?plus(?![a-z])"), "+"),
    (re.compile(r"(?<=[a-z])-(?=[a-z0-9])|(?<=\d)-(?=[a-z])"), ""),
)
_QUANTITY = re.compile(r"((?<![a-z0-9])-)?(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?\s?([%‰])?")


def signs_in_one_way(text: str) -> str:
    """Write the signs of a text in one way: 零下5 as -5, 百分之十 as 十%, Pro Plus as Pro+, and K2-300 as K2300."""
    for pattern, written in _WRITTEN:
        text = pattern.sub(written, text)
    return _CODE.sub(lambda code: code[1] + re.sub("[- ]", "", code[2]), text)


def quantities(text: str) -> Quantities:
    """Return the numbers of a text with its signs in one way, as what they say: 3/4 is 0.75, and 10% is not 10."""
    return frozenset(map(_value, _QUANTITY.finditer(text)))


def _value(match: re.Match[str]) -> object:
    sign, number, divisor, share = match.groups()
    value = float(number) / (float(divisor or 1) or 1.0) * (-1 if sign else 1)
    return (value, share) if share else value


class Signs(NamedTuple):
    """A normalised text, and what in it a sign can turn.

    Args:
        text: the text.
        quantities: its numbers.
        variants: its words that have variants, and in which they occur: ``{"c": {"", "++"}}``. Of Chinese words, only
            the last character before a + is there.
    """

    text: str
    quantities: Quantities
    variants: Mapping[str, frozenset[str]]

    def variants_of(self, name: str) -> frozenset[str]:
        """Return the variants in which a word occurs; none where it does not."""
        plain = frozenset([""]) if not name.isascii() and name in self.text else frozenset[str]()
        return self.variants.get(name, plain)


def signs_of(normal: str, numbers: str) -> Signs:
    """Read the signs of a normalised text; `numbers` is a form of it with numerals as digits and signs in one way.

    Words such as Pro and Max are variants beside Chinese alone: an English text is compared by its words.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, variant in (_SIGNS_ALONE if normal.isascii() else _WITH_WORDS).findall(normal):
        found[name].add(re.sub(r"\s", "", variant).replace("plus", "+"))
    for char in _CHINESE_PLUS.findall(normal):
        found[char].add("+")
    return Signs(normal, quantities(numbers), {name: frozenset(kinds) for name, kinds in found.items()})


def quantities_differ(one: Signs, other: Signs) -> bool:
    """Whether each of two texts has a number that the other has not."""
    return bool(one.quantities - other.quantities) and bool(other.quantities - one.quantities)


def names_told_apart(one: Signs, other: Signs) -> frozenset[str]:
    """Return the words that both texts have, each in variants that the other has not: C++ and C, X9 and X9 Pro."""
    both = ((name, one.variants_of(name), other.variants_of(name)) for name in one.variants.keys() | other.variants)
    return frozenset(name for name, first, second in both if first and second and first.isdisjoint(second))


def has_variants(text: Signs, names: Iterable[str], wanted: Signs) -> bool:
    """Whether a text has each of these words in a variant in which another text has it."""
    return all(text.variants_of(name) & wanted.variants_of(name) for name in names)
