"""Remove training pairs that would spoil a measurement or teach nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import compress
from typing import Any

from faq_component.evaluation.pairs import Pair
from faq_component.language import _
from faq_component.text import bare_key
from faq_component.training.pairs.near_texts import NearTexts

Keys = tuple[str, str]
"""The comparison keys of a pair's sides, the lesser first, so that their order does not count."""

Track = Callable[[Sequence[Keys]], Iterable[Keys]]


@dataclass(frozen=True)
class HeldOutCounts:
    """Counts of training pairs that equal a held-out pair, are near one (both dropped), or share a sentence."""

    equal: int
    near: int
    sharing: int


@dataclass(frozen=True)
class ReasonCount:
    """How many training pairs a reason applies to, and how many distinct pairs of sentences these are."""

    pairs: int
    different: int


@dataclass(frozen=True)
class CleaningReport:
    """How many pairs each reason applies to, counted over all pairs: a pair can count for several reasons."""

    pairs: int
    kept: int
    held_out: Mapping[str, HeldOutCounts]
    contradicting: ReasonCount
    trivial: ReasonCount
    repeated: int

    def lines(self) -> list[str]:
        """The report as sentences for people."""
        first = _("pairs: {pairs:,}, kept: {kept:,}; a pair can be dropped for several of these reasons")
        lines = [first.format(pairs=self.pairs, kept=self.kept)]
        for name, counts in self.held_out.items():
            lines += [
                _("equal to a pair of {name}, dropped: {count:,}").format(name=name, count=counts.equal),
                _("at most one edit a side away from a pair of {name}, dropped: {count:,}").format(
                    name=name, count=counts.near
                ),
                _("sharing a sentence with {name}, kept unless another reason applies: {count:,}").format(
                    name=name, count=counts.sharing
                ),
            ]
        return [
            *lines,
            _("the same sentences with both labels, dropped: {count:,} ({distinct:,} distinct)").format(
                count=self.contradicting.pairs, distinct=self.contradicting.different
            ),
            _("the same sentence twice, dropped: {count:,} ({distinct:,} distinct)").format(
                count=self.trivial.pairs, distinct=self.trivial.different
            ),
            _("repetitions of another pair, dropped: {count:,}").format(count=self.repeated),
        ]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def clean_pairs(
    pairs: Sequence[Pair], against: Mapping[str, Sequence[Pair]], track: Track = lambda keys: keys
) -> tuple[list[Pair], CleaningReport]:
    """Drop pairs that equal or are near a held-out one, contradict another, repeat it, or hold one sentence twice.

    Sentences are compared by `bare_key`. A pair is near a held-out one if both of its sides, in either order,
    are at most one edit away from those of that pair; keys shorter than 4 characters must be equal. Pairs of the same
    two sentences that carry both labels contradict each other: all of them are dropped.

    Args:
        pairs: to train on.
        against: held-out sets by name.
        track: may wrap the pairs in a progress bar, once per held-out set.

    Returns:
        The pairs that are kept, in their order, and the report.
    """
    key = cache(bare_key)
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
        contradicting=_count(keys, contradicting),
        trivial=_count(keys, trivial),
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


def _count(keys: Sequence[Keys], flags: Sequence[bool]) -> ReasonCount:
    return ReasonCount(sum(flags), len(set(compress(keys, flags))))
