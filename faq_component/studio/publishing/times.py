"""Times as people read and write them, in a time zone that has a name."""

from __future__ import annotations

import os
from datetime import MAXYEAR, MINYEAR, datetime, timezone
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from faq_component.language import _
from faq_component.studio.drafts.publisher import moment

_LOCALTIME = Path("/etc/localtime")
_FIELD = "%Y-%m-%dT%H:%M"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def zone_here() -> str:
    """Return the name of this machine's time zone; UTC where it has none."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = str(_LOCALTIME.resolve()).partition("zoneinfo/")[2] if _LOCALTIME.is_symlink() else ""
    return next((name for name in (named, linked) if name in _zones()), "UTC")


def read_due(text: str, zone: str, now: datetime) -> tuple[datetime | None, str]:
    """Read the time of a form.

    Args:
        text: such as ``2026-12-01T09:00``.
        zone: name of the time zone, such as ``Asia/Shanghai``.
        now: the present.

    Returns:
        The time, and a sentence where there is none.
    """
    if zone not in _zones():
        sentence = _("“{zone}” is not the name of a time zone; write one such as Asia/Shanghai or Europe/Berlin.")
        return None, sentence.format(zone=zone[:60])
    try:
        due = datetime.strptime(text, _FIELD).replace(tzinfo=ZoneInfo(zone))
        if not MINYEAR < due.year < MAXYEAR:  # in another zone it would be of no year
            raise ValueError
    except ValueError:
        return None, _("“{time}” is no time; write one such as 2026-12-01T09:00.").format(time=text[:60])
    if due <= now:
        sentence = _("{time} has passed; choose a time to come, or publish now.")
        return None, sentence.format(time=shown_time(due.isoformat(), zone))
    return due, ""


def shown_time(text: str, zone: str = "", *, short: bool = False) -> str:
    """Return a time for people in a zone, by default this machine's: ``2026-12-01 09:00 (UTC, UTC+00:00)``.

    In a list, which names the zone once, it is `short`: ``2026-12-01 09:00``.
    """
    name = zone if zone in _zones() else zone_here()
    time = moment(text)
    at = (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(ZoneInfo(name))
    if short:
        return f"{at:%Y-%m-%d %H:%M}"
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M} ({name}, UTC{offset[:3]}:{offset[3:]})"
