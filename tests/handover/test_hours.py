"""Opening hours, by the clock of their own time zone."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
import yaml

from faq_component.handover.hours import Hours, read_hours

HOURS = """
time_zone: Asia/Shanghai
weekly: {mon-fri: [09:00-12:00, 13:00-18:00], sun: 22:00-24:00}
holidays: [2026-10-01, 2026-10-02]
open: {2026-10-10: 10:00-11:00}
"""


@pytest.fixture
def hours() -> Hours:
    faults: list[str] = []
    found = read_hours(yaml.safe_load(HOURS), faults)
    assert faults == []
    return found


def moment(text: str) -> datetime:
    """A moment of Shanghai's clock."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-30T09:00", True),
        ("2026-11-30T08:59", False),
        ("2026-11-30T12:00", False),
        ("2026-11-30T17:59", True),
        ("2026-11-28T10:00", False),  # a Saturday
        ("2026-11-29T23:59", True),
        ("2026-11-30T00:00", False),
        ("2026-10-01T10:00", False),  # a holiday
        ("2026-10-10T10:30", True),  # a Saturday of work
    ],
)
def test_whether_somebody_is_there(hours: Hours, at: str, is_open: bool) -> None:
    assert hours.is_open(moment(at)) is is_open


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-30T08:00", "2026-11-30T09:00"),
        ("2026-11-30T12:30", "2026-11-30T13:00"),
        ("2026-11-27T18:30", "2026-11-29T22:00"),
        ("2026-09-30T18:30", "2026-10-04T22:00"),
    ],
)
def test_when_somebody_is_there_again(hours: Hours, at: str, opening: str) -> None:
    assert hours.next_opening(moment(at)) == moment(opening)


def test_without_hours_somebody_is_always_there_and_with_holidays_only_never() -> None:
    assert Hours().is_open(moment("2026-11-29T03:00"))
    assert Hours(weekly=((),) * 7).next_opening(moment("2026-11-29T03:00")) is None


def test_a_range_over_the_weekend_and_a_zone_of_the_machine() -> None:
    faults: list[str] = []
    hours = read_hours({"weekly": {"sat-mon": "00:00-24:00"}}, faults)
    assert faults == []
    now = datetime(2026, 11, 29, 12).astimezone()
    assert hours.is_open(now)
    assert hours.next_opening(datetime(2026, 11, 25, 12).astimezone()) == datetime(2026, 11, 28).astimezone()
