"""Numbers and days that addresses name, within bounds with which every page can count."""

from __future__ import annotations

from datetime import date

from flask import request

_FIRST, _LAST = date(1900, 1, 1), date(8999, 12, 31)  # a year before and after them is a year of `date` too
_MOST = 1 << 31


def asked_number(name: str, default: int) -> int:
    """Return the number of an argument of the address, the nearest one within ±2**31; else the default."""
    return max(-_MOST, min(request.args.get(name, default, int), _MOST))


def asked_page() -> int:
    """Return the page that the address names, from 1."""
    return max(1, asked_number("page", 1))


def asked_day(name: str) -> date | None:
    """Return the day of an argument of the address; None where it is none, or not of the years 1900 to 8999."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None
