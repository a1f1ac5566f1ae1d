"""Training pairs with the groups (topics) of their sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from faq_component.evaluation.pairs import Pair
from faq_component.text import comparison_key


@dataclass(frozen=True)
class Example:
    """A training pair, and the group of each side; a batch of an in-batch loss holds at most one pair per group."""

    first: str
    second: str
    same: bool
    groups: tuple[str, str]


def from_pairs(pairs: Sequence[Pair]) -> list[Example]:
    """Turn pairs from files into examples, in their order; groups are connected components of the positive pairs.

    Sentences are compared by `comparison_key`, so each belongs to one component; sentences of one known topic belong
    to one component too. Components are numbered by their first appearance: ``g0``, ``g1`` and so on.
    """
    key = cache(comparison_key)  # a sentence occurs in two pairs on average
    parent: dict[str, str] = {}
    for pair in pairs:
        one, other = _root(parent, key(pair.first)), _root(parent, key(pair.second))
        if pair.same:
            parent[other] = one
        for text, topic in zip((pair.first, pair.second), pair.topics or (), strict=False):
            parent[_root(parent, key(text))] = _root(parent, f"\n{topic}")  # no sentence's key has a line break
    names: dict[str, str] = {}

    def name(text: str) -> str:
        return names.setdefault(_root(parent, key(text)), f"g{len(names)}")

    return [Example(pair.first, pair.second, pair.same, (name(pair.first), name(pair.second))) for pair in pairs]


def _root(parent: dict[str, str], key: str) -> str:
    """Find the key that represents the component of `key` (union-find with path halving)."""
    while (above := parent.setdefault(key, key)) != key:
        parent[key] = parent[above]
        key = parent[above]
    return key
