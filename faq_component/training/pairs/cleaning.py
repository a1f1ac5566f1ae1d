"""Removing from training pairs what would spoil a measurement or teach nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import compress
from typing import Any

from faq_component.evaluation.pairs import Pair
from faq_component.text import comparison_key
from faq_component.training.pairs.near_texts import NearTexts

Keys = tuple[str, str]
"""The comparison keys of a pair's sides, the lesser one first: the order of the sides does not count."""

Track = Callable[[Sequence[Keys]], Iterable[Keys]]


@dataclass(frozen=True)
class HeldOutCounts:
    """Training pairs that are like those of one held-out set: equal and near ones are dropped."""

    equal: int
    near: int
    sharing: int


@dataclass(frozen=True)
class Found:
    """Training pairs that a reason meets, and how many different pairs of sentences they are."""

    pairs: int
    different: int


@dataclass(frozen=True)
class CleaningReport:
    """How many pairs each reason meets, counted over all pairs: a pair can be counted for several reasons."""

    pairs: int
    kept: int
    held_out: Mapping[str, HeldOutCounts]
    contradicting: Found
    trivial: Found
    repeated: int

    def lines(self) -> list[str]:
        """The report in plain words."""
        lines = [f"{self.pairs:,} pairs, {self.kept:,} kept; a dropped pair can have several of the reasons below"]
        for name, counts in self.held_out.items():
            lines += [
                f"{counts.equal:,} equal a pair of {name}: dropped",
                f"{counts.near:,} differ by at most one character a side from a pair of {name}: dropped",
                f"{counts.sharing:,} share a sentence with {name}: kept, where nothing else speaks against them",
            ]
        return [
            *lines,
            f"{self.contradicting.pairs:,} ({self.contradicting.different:,} different ones) contradict another of the "
            "same sentences: dropped",
            f"{self.trivial.pairs:,} ({self.trivial.different:,} different ones) have the same sentence twice: dropped",
            f"{self.repeated:,} repeat another: kept once",
        ]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def clean_pairs(
    pairs: Sequence[Pair], against: Mapping[str, Sequence[Pair]], track: Track = lambda keys: keys
) -> tuple[list[Pair], CleaningReport]:
    """Drop pairs that a held-out set holds or nearly holds, that contradict each other, teach nothing, or repeat.

    Sentences are compared by `comparison_key`. A pair is nearly held out where both of its sides, in either order,
    are at most one edit away from those of a held-out pair; keys shorter than 4 characters must be equal. A
    contradiction is the same two sentences with both labels: all of them are dropped.

    Args:
        pairs: to train on.
        against: held-out sets by name.
        track: may wrap the pairs in a progress bar, once per held-out set.

    Returns:
        The pairs that are kept, in their order, and what was found.
    """
    key = cache(comparison_key)
    keys = [_unordered(key, pair) for pair in pairs]
    contradicting = _contradicting(pairs, keys)
    trivial = [first == second for first, second in keys]
    repeated = _repeated(pairs, keys)
    dropped = [any(reasons) for reasons in zip(contradicting, trivial, repeated, strict=True)]
    held_out = {}
    for name, others in against.items():
        held = _HeldOut({_unordered(key, pair) for pair in others})
        found = Counter[str]()
        for number, both in enumerate(track(keys)):
            likeness = held.likeness(both)
            found[likeness] += 1
            found["sharing"] += held.shares(both)
            dropped[number] |= likeness != "none"
        held_out[name] = HeldOutCounts(found["equal"], found["near"], found["sharing"])
    kept = [pair for pair, drop in zip(pairs, dropped, strict=True) if not drop]
    report = CleaningReport(
        pairs=len(pairs),
        kept=len(kept),
        held_out=held_out,
        contradicting=_found(keys, contradicting),
        trivial=_found(keys, trivial),
        repeated=sum(repeated),
    )
    return kept, report


class _HeldOut:
    """The pairs of one held-out set, by their sentences."""

    def __init__(self, pairs: set[Keys]) -> None:
        self._pairs = pairs
        self._partners: dict[str, set[str]] = defaultdict(set)
        for first, second in pairs:
            self._partners[first].add(second)
            self._partners[second].add(first)
        self._near = cache(NearTexts(self._partners).near)

    def likeness(self, keys: Keys) -> str:
        """``equal``, ``near`` or ``none``."""
        if keys in self._pairs:
            return "equal"
        first, second = map(self._near, keys)
        if second and any(not second.isdisjoint(self._partners[text]) for text in first):
            return "near"
        return "none"

    def shares(self, keys: Keys) -> bool:
        return not self._partners.keys().isdisjoint(keys)


def _unordered(key: Callable[[str], str], pair: Pair) -> Keys:
    first, second = key(pair.first), key(pair.second)
    return (first, second) if first <= second else (second, first)


def _contradicting(pairs: Sequence[Pair], keys: Sequence[Keys]) -> list[bool]:
    labels: dict[Keys, set[bool]] = defaultdict(set)
    for pair, both in zip(pairs, keys, strict=True):
        labels[both].add(pair.same)
    return [len(labels[both]) == 2 for both in keys]


def _repeated(pairs: Sequence[Pair], keys: Sequence[Keys]) -> list[bool]:
    seen: set[tuple[Keys, bool]] = set()
    repeated = []
    for pair, both in zip(pairs, keys, strict=True):
        repeated.append((both, pair.same) in seen)
        seen.add((both, pair.same))
    return repeated


def _found(keys: Sequence[Keys], flags: Sequence[bool]) -> Found:
    return Found(sum(flags), len(set(compress(keys, flags))))
