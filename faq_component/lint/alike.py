"""Whether two texts that are near to each other say the same, by their characters."""

from __future__ import annotations

from collections import Counter

from faq_component.chinese import STYLE
from faq_component.decision.contrast import turns_meaning
from faq_component.knowledge.question_form import asks
from faq_component.text import comparison_key

_STYLE = STYLE | frozenset("哦怎么如何样什多少想问把给")
_SHARED = 0.6  # share of the characters that two titles have in common, beside the words that tell them apart


def common_share(one: str, other: str) -> float:
    """The share of characters that two texts have in common: Dice's coefficient of their bags of characters."""
    first, second = Counter(comparison_key(one)), Counter(comparison_key(other))
    return 2 * (first & second).total() / max(first.total() + second.total(), 1)


def turns(one: str, other: str) -> bool:
    """Whether one of two texts that are alike in words means something else (`contrast.turns_meaning`)."""
    return turns_meaning(one, other) or turns_meaning(other, one) or asks(one) != asks(other)


def are_told_apart(one: str, other: str) -> bool:
    """Whether two titles are alike but for a word in each that tells them apart: 发货前取消订单 and 发货后取消订单."""
    if turns_meaning(one, other) or turns_meaning(other, one):
        return True
    first, second = Counter(comparison_key(one)), Counter(comparison_key(other))
    left, right = set(first - second) - _STYLE, set(second - first) - _STYLE
    return common_share(one, other) >= _SHARED and bool(left) and bool(right)
