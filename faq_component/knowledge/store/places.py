"""Places of a knowledge base: paths and database URLs."""

from __future__ import annotations

import re

_URL = re.compile(r"(sqlite|postgres|postgresql)(\+\w*)?:|\w[\w+.-]*://")


def is_url(place: str) -> bool:
    """Whether a place is a database URL, including one with a missing slash, rather than a path."""
    return _URL.match(place) is not None


def shown(place: str) -> str:
    """Hide the password of a URL, so that the place can be printed and logged."""
    if not is_url(place):
        return place
    place = re.sub(r"^([^:]+:/*[^:@/]*):.*@", r"\1:***@", place)
    return re.sub(r"(?i)([?&]\w*password=)[^&]*", r"\1***", place)
