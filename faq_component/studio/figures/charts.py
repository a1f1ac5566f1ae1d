"""Charts as shapes of an SVG drawing: read without colour by patterns, dashes and dots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 760, 220  # of the drawing, in its own units
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 8, 24  # margins, with the numbers and days
_MOST_BARS = 62  # more days are shown by week
_MOST_LABELS = 8


@dataclass(frozen=True)
class Bar:
    """A rectangle of a stacked bar; `kind` names its pattern."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Stack:
    """The bars of a day, or of a week, and what they say."""

    bars: tuple[Bar, ...]
    said: str


@dataclass(frozen=True)
class Line:
    """A line through points, as SVG has it, and its dots; `kind` names its dashes."""

    points: str
    dots: tuple[tuple[float, float, str], ...]
    kind: str


@dataclass(frozen=True)
class Axes:
    """Grid lines with their numbers, and days with their places."""

    levels: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing: stacks, lines, or both, over axes."""

    axes: Axes
    stacks: tuple[Stack, ...] = ()
    lines: tuple[Line, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM


def by_week(days: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    """Sum days up to weeks, which are named by their Monday, where there are too many for a chart."""
    if len(days) <= _MOST_BARS:
        return dict(days)
    weeks: dict[str, Counter[str]] = {}
    for day, counts in days.items():
        at = date.fromisoformat(day)
        monday = date.fromordinal(at.toordinal() - at.weekday()).isoformat()
        weeks[monday] = weeks.get(monday, Counter()) + counts
    return weeks


def stacked(days: Mapping[str, Counter[str]], kinds: Mapping[str, str]) -> Chart:
    """Draw a stack for each day.

    Args:
        days: counts of each day.
        kinds: which of them are drawn, from below, with their names.
    """
    top = round_up(max((sum(counts[kind] for kind in kinds) for counts in days.values()), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    stacks = []
    for number, (day, counts) in enumerate(days.items()):
        bars, below = [], 0
        for kind in kinds:
            height = _height(counts[kind], top)
            if counts[kind]:
                place = _LEFT + number * step + 0.12 * step
                bars.append(
                    Bar(round(place, 2), round(_y(below, top) - height, 2), round(0.76 * step, 2), height, kind)
                )
            below += counts[kind]
        said = ", ".join(f"{name} {counts[kind]}" for kind, name in kinds.items())
        stacks.append(Stack(tuple(bars), f"{day}: {said}"))
    return Chart(_axes(list(days), top, ""), stacks=tuple(stacks))


def lines(days: Sequence[str], values: Mapping[str, Sequence[float | None]], top: float, unit: str) -> Chart:
    """Draw a line for each of some values of the days; a value that is None leaves a gap.

    Args:
        days: names of the places.
        values: by the kind of the line, one for each day.
        top: the greatest value that is drawn.
        unit: behind each number.
    """
    drawn = []
    for kind, numbers in values.items():
        dots = tuple(
            (round(_x(place, len(days)), 2), round(_y(min(number, top), top), 2), f"{days[place]}: {number:g}{unit}")
            for place, number in enumerate(numbers)
            if number is not None
        )
        drawn.append(Line(" ".join(f"{x},{y}" for x, y, _said in dots), dots, kind))
    return Chart(_axes(days, top, unit), lines=tuple(drawn))


def round_up(value: float) -> float:
    """Return the next number of 4, 8, 12, 20, 40, 80, 120 ..., for the top of an axis in quarters."""
    size = 1.0
    while size * 40 < value:
        size *= 10
    return next(size * part for part in (4, 8, 12, 20, 40) if size * part >= value)


def _axes(days: Sequence[str], top: float, unit: str) -> Axes:
    levels = tuple((round(_y(top * part / 4, top), 2), f"{top * part / 4:g}{unit}") for part in range(5))
    every = -(-len(days) // _MOST_LABELS) or 1
    named = [(round(_x(place, len(days)), 2), day[5:]) for place, day in enumerate(days) if place % every == 0]
    return Axes(levels, tuple(named))


def _x(place: int, count: int) -> float:
    return _LEFT + (place + 0.5) * (WIDTH - _LEFT - _RIGHT) / max(count, 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - _height(value, top)


def _height(value: float, top: float) -> float:
    return round((HEIGHT - _TOP - _BOTTOM) * value / top, 2)
