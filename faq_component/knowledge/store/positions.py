"""Sparse positions of topics, so that inserting a topic between two others changes no other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

STEP = 2**32


def place_in_order(order: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """Assign ascending positions to ids; as many as possible keep their old one.

    Args:
        order: the ids in their new order.
        before: old positions, all different, of the ids that have one.
    """
    kept = _longest_ascending([item for item in order if item in before], before)
    positions: dict[str, int] = {}
    waiting: list[str] = []
    last: int | None = None
    for item in order:
        if item not in kept:
            waiting.append(item)
            continue
        positions |= _between(waiting, last, before[item])
        positions[item] = last = before[item]
        waiting = []
    positions |= _between(waiting, last, None)
    if len(positions) < len(order):  # a gap was too small
        return {item: number * STEP for number, item in enumerate(order)}
    return positions


def _between(items: Sequence[str], low: int | None, high: int | None) -> dict[str, int]:
    """Assign positions between two bounds, either of which may be open; none where the gap is too small."""
    if high is None:
        first, step = (0 if low is None else low + STEP), STEP
    elif low is None:
        first, step = high - len(items) * STEP, STEP
    else:
        step = (high - low) // (len(items) + 1)
        first = low + step
    return {item: first + number * step for number, item in enumerate(items)} if step else {}


def _longest_ascending(items: Sequence[str], value: Mapping[str, int]) -> set[str]:
    """Find a longest subsequence whose values ascend, by patience sorting."""
    ends: list[int] = []  # the least last value of an ascending subsequence of each length
    tops: list[str] = []
    previous: dict[str, str | None] = {}
    for item in items:
        place = bisect_left(ends, value[item])
        ends[place : place + 1] = [value[item]]
        tops[place : place + 1] = [item]
        previous[item] = tops[place - 1] if place else None
    found: set[str] = set()
    at = tops[-1] if tops else None
    while at is not None:
        found.add(at)
        at = previous[at]
    return found
