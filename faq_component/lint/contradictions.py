"""Answers of one topic that state different numbers for the same thing."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from faq_component.knowledge.responses import Response, RichResponse, text_of
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry
from faq_component.lint.quantities import Quantity, quantities

_SHARED = 2  # characters of substance that the sentences around two numbers share, where they are of the same thing
_SHARE = 0.25  # of those of the shorter one
_PHONE = "telephone number"
# Dimensions of which a topic seldom has two: what is 95折 in one answer and 88折 in another is the same discount.
_SPECIFIC = ("working days", "time of day", "discount", "percent", "day of the month")


@dataclass(frozen=True)
class _Conflict:
    """A quantity of one response and another of a second one, by the responses' places."""

    first: int
    second: int
    mine: Quantity
    other: Quantity

    @property
    def accused(self) -> tuple[int, str, float, float]:
        """The first response and its value."""
        return self.first, self.mine.dimension, self.mine.low, self.mine.high

    def turned(self) -> _Conflict:
        """The same, seen from the second response."""
        return _Conflict(self.second, self.first, self.other, self.mine)


def contradictions(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rule ``contradiction``: one finding for each quantity that other responses contradict.

    Compared are quantities that the other response does not state as well, of one dimension, in sentences that share
    words. An answer that leaves a number out contradicts none; 48小时 and 两天 are the same.
    """
    for entry in entries:
        conflicts = _conflicts(entry.topic.responses)
        while conflicts:
            conflicts = _most_contradicted(conflicts)
            odd = conflicts[0]
            mine = [each for each in conflicts if each.accused == odd.accused]
            texts = entry.topic.responses
            yield finding(
                "contradiction",
                entry,
                text_of(texts[odd.first]),
                entry.response_line(odd.first),
                here=odd.mine.text,
                there=" / ".join(dict.fromkeys(each.other.text for each in mine)),
                other=text_of(texts[odd.second]),
            )
            conflicts = [each for each in conflicts if odd.accused not in (each.accused, each.turned().accused)]


def _conflicts(responses: Sequence[Response]) -> list[_Conflict]:
    stated = [quantities(text_of(response)) for response in responses]
    found = []
    for first, second in itertools.combinations(range(len(responses)), 2):
        if _said_together(responses[first], responses[second]):
            pairs = conflicting(stated[first], stated[second])
            found += [_Conflict(first, second, mine, other) for mine, other in pairs]
    return found


def conflicting(one: Sequence[Quantity], other: Sequence[Quantity]) -> list[tuple[Quantity, Quantity]]:
    """The quantities of two texts that are of the same thing and differ; each is paired with the nearest in words."""
    mine, others = _unmatched(one, other), _unmatched(other, one)
    pairs = [(a, b) for a in mine for b in others if a.dimension == b.dimension and _of_the_same(a, b, one, other)]
    pairs.sort(key=lambda pair: -_likeness(*pair))
    found: list[tuple[Quantity, Quantity]] = []
    for a, b in pairs:
        if all(a is not taken and b is not taken_other for taken, taken_other in found):
            found.append((a, b))
    return found


def _matched(one: Sequence[Quantity], other: Sequence[Quantity]) -> list[Quantity]:
    return [a for a in one if any(a.dimension == b.dimension and a.agrees(b) for b in other)]


def _unmatched(one: Sequence[Quantity], other: Sequence[Quantity]) -> list[Quantity]:
    matched = _matched(one, other)
    return [a for a in one if a not in matched]


def _of_the_same(a: Quantity, b: Quantity, one: Sequence[Quantity], other: Sequence[Quantity]) -> bool:
    """Whether two quantities of one dimension are of the same thing, by the words that both have around them.

    Words of the clauses in which the texts agree do not count, beyond the clauses of the two. Where both texts state no
    further value, or range of values, of that dimension that the other does not state too, less is asked for.
    """
    alone = all(sum(each.form == a.form for each in _unmatched(*side)) == 1 for side in _both(one, other))
    if alone and a.dimension.startswith(_PHONE):
        return True
    agreed = {char for side in _both(one, other) for each in _matched(*side) for char in each.beside}
    shared = _weight((a.beside & b.beside) | ((a.around & b.around) - agreed))
    if alone and a.dimension in _SPECIFIC:
        return shared >= 1
    near = bool(a.beside & b.beside) and shared >= _SHARE * min(_weight(a.around), _weight(b.around))
    return shared >= _SHARED and (alone or near)


def _both(one: Sequence[Quantity], other: Sequence[Quantity]) -> list[tuple[Sequence[Quantity], Sequence[Quantity]]]:
    return [(one, other), (other, one)]


def _likeness(a: Quantity, b: Quantity) -> float:
    return _weight(a.beside & b.beside) + _weight(a.around & b.around) / 2


def _weight(shared: Collection[str]) -> int:
    """How much is shared: a word of English counts as two characters."""
    return sum(min(len(each), 2) for each in shared)


def _most_contradicted(conflicts: Sequence[_Conflict]) -> list[_Conflict]:
    """The conflicts as seen from either response, first those of the quantity that most others contradict."""
    both = list(dict.fromkeys([*conflicts, *(each.turned() for each in conflicts)]))
    against: dict[object, set[int]] = defaultdict(set)
    for each in both:
        against[each.accused].add(each.second)
    return sorted(both, key=lambda each: (-len(against[each.accused]), -each.first))


def _said_together(first: Response, second: Response) -> bool:
    """Whether one user can get both: answers for two channels, or under two conditions, may differ."""
    one, other = (RichResponse(response) if isinstance(response, str) else response for response in (first, second))
    return (None in (one.channel, other.channel) or one.channel == other.channel) and one.conditions == other.conditions
