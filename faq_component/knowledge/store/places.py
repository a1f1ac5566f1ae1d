"""The names of places at which a knowledge base is kept: paths, and URLs of databases."""

from __future__ import annotations

import re

_URL = re.compile(r"(sqlite|postgres|postgresql)(\+\w*)?:|\w[\w+.-]*://")


def is_url(place: str) -> bool:
    """Whether a place is a database and no path; a URL with a slash too few is one too."""
    return _URL.match(place) is not None


def shown(place: str) -> str:
    """A place as it may be printed and logged: without the password that a URL may hold."""
    if not is_url(place):
        return place
    place = re.sub(r"^([^:]+:/*[^:@/]*):.*@", r"\1:***@", place)
    return re.sub(r"(?i)([?&]\w*password=)[^&]*", r"\1***", place)
