"""When somebody is there: hours of the week, holidays, and days with hours of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from faq_component.language import _

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_LOOKED_AHEAD = 400  # days, for the next opening
_KEYS = ("time_zone", "weekly", "holidays", "open")

Span = tuple[time, time | None]  # from, until; None is midnight


@dataclass(frozen=True)
class Hours:
    """Opening hours; without any, somebody is always there.

    Args:
        zone: their time zone; None is that of the machine.
        weekly: spans of each day of the week, Monday first.
        special: spans of single days, which go before those of the week; a holiday has none.
    """

    zone: tzinfo | None = None
    weekly: tuple[tuple[Span, ...], ...] | None = None
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at a moment, which has a time zone."""
        if self.weekly is None:
            return True
        local = at.astimezone(self.zone)
        now = local.time()
        return any(start <= now and (end is None or now < end) for start, end in self._spans(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first moment after `at` at which somebody is there; None if there is none within a year."""
        local = at.astimezone(self.zone)
        for ahead in range(_LOOKED_AHEAD):
            day = local.date() + timedelta(days=ahead)
            for start, _end in self._spans(day):
                moment = datetime.combine(day, start).replace(tzinfo=local.tzinfo if self.zone is None else self.zone)
                if moment > at:
                    return moment
        return None

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.special:
            return self.special[day]
        return self.weekly[day.weekday()] if self.weekly else ()


def read_hours(given: Any, faults: list[str]) -> Hours:
    """Read the section `hours`; append a sentence to `faults` for each fault."""
    if given is None:
        return Hours()
    if not isinstance(given, Mapping) or not isinstance(given.get("weekly"), Mapping) or not given["weekly"]:
        example = "weekly: {mon-fri: 09:00-18:00}"
        faults.append(_("'hours' needs 'weekly', such as {example}").format(example=example))
        return Hours()
    unknown = _("'hours' has the unknown key '{key}'; known are {known}")
    faults.extend(unknown.format(key=key, known=", ".join(_KEYS)) for key in given if key not in _KEYS)
    special = {**_read_holidays(given.get("holidays"), faults), **_read_special(given.get("open"), faults)}
    return Hours(_zone(given.get("time_zone"), faults), _read_weekly(given["weekly"], faults), special)


def _read_weekly(given: Mapping[Any, Any], faults: list[str]) -> tuple[tuple[Span, ...], ...]:
    weekly: list[tuple[Span, ...]] = [()] * len(_DAYS)
    for name, spans in given.items():
        numbers = _week_days(str(name))
        if not numbers:
            fault = _("'hours.weekly' names the day '{name}'; write one of {days}, or a range such as mon-fri")
            faults.append(fault.format(name=name, days=", ".join(_DAYS)))
        read = _read_spans(spans, f"hours.weekly.{name}", faults)
        for number in numbers:
            weekly[number] = read
    return tuple(weekly)


def _read_holidays(given: Any, faults: list[str]) -> dict[date, tuple[Span, ...]]:
    if not isinstance(given or [], list):
        faults.append(_("'hours.holidays' must be a list of days, such as [2026-10-01]"))
        return {}
    days = (_day(each, "hours.holidays", faults) for each in given or [])
    return {day: () for day in days if day is not None}


def _read_special(given: Any, faults: list[str]) -> dict[date, tuple[Span, ...]]:
    if not isinstance(given or {}, Mapping):
        example = "{2026-10-10: 09:00-18:00}"
        faults.append(_("'hours.open' must give days hours, such as {example}").format(example=example))
        return {}
    found: dict[date, tuple[Span, ...]] = {}
    for each, spans in (given or {}).items():
        if day := _day(each, "hours.open", faults):
            found[day] = _read_spans(spans, f"hours.open.{day}", faults)
    return found


def _zone(given: Any, faults: list[str]) -> tzinfo | None:
    if given is None:
        return None
    try:
        return ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        faults.append(
            _("'hours.time_zone' is '{zone}', which is no time zone; write one such as Asia/Shanghai").format(
                zone=given
            )
        )
        return None


def _week_days(name: str) -> list[int]:
    first, _dash, last = name.lower().partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        return []
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [number % len(_DAYS) for number in range(start, (end if end >= start else end + len(_DAYS)) + 1)]


def _day(given: Any, where: str, faults: list[str]) -> date | None:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        faults.append(_("'{where}' has the day '{day}'; write it as 2026-10-01").format(where=where, day=given))
        return None


def _read_spans(given: Any, where: str, faults: list[str]) -> tuple[Span, ...]:
    if given is None or given is False or given == "closed":
        return ()
    spans: list[Span] = []
    for each in given if isinstance(given, list) else [given]:
        found = _RANGE.fullmatch(str(each).replace(" ", ""))
        span = _span(*map(int, found.groups())) if found else None
        if span is None:
            fault = _(
                "'{where}' is '{hours}'; write hours such as 09:00-18:00, from earlier to later, or a list of them"
            )
            faults.append(fault.format(where=where, hours=each))
        else:
            spans.append(span)
    return tuple(sorted(spans, key=lambda span: span[0]))


def _span(hour: int, minute: int, last_hour: int, last_minute: int) -> Span | None:
    try:
        start = time(hour, minute)
        if (last_hour, last_minute) == (24, 0):
            return start, None
        end = time(last_hour, last_minute)
    except ValueError:
        return None
    return (start, end) if start < end else None
