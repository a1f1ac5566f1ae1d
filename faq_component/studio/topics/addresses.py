"""Ids of topics in the addresses of pages, apart from the names of the pages beside them."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

_PAGES = frozenset(("new", "preview", "check"))  # ``/topics/new`` is the form of a new topic, whatever topics there are
_APART = "~"  # no id begins with it


class TopicIdConverter(BaseConverter):
    """The id of a topic; one that is the name of a page too is written behind a ``~``: ``/topics/~new``."""

    def to_python(self, value: str) -> str:
        """Return the id in an address."""
        return value.removeprefix(_APART)

    def to_url(self, value: str) -> str:
        """Return an id as addresses have it."""
        written: str = super().to_url(value)
        return _APART + written if value in _PAGES else written
