"""Optional keys of a topic: when it is answered, what must not find it, and what it leads on to.

A key that a topic does not use is absent: from the JSON of a topic, from the columns of an export and from the
fingerprint, so that an FAQ without them stays as it was. A new key is a field of `Options` and a line in `_READERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timezone
from functools import cached_property
from typing import Any

from faq_component.knowledge.bounds import POST, TITLE, length_fault
from faq_component.knowledge.leads import Follow, read_follow, read_related
from faq_component.language import _
from faq_component.text import normalize

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?")
_DAY = len("2026-11-29")


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Validity:
    """When a topic is answered; ``""`` is an open end.

    A moment is ``2026-11-01``, ``2026-11-01T09:30`` or ``2026-11-01T09:30+08:00``; without a time zone it is one of
    the machine's. A day alone counts as a whole, so that an `until` of a day includes it.

    Args:
        start: the first moment (key ``from``).
        until: the moment at which it ends.
    """

    start: str = ""
    until: str = ""

    @cached_property
    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        return _moment(self.start), _moment(self.until, ends=True)

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies within it."""
        start, until = self._bounds
        return (start is None or start <= at) and (until is None or at < until)

    def to_json(self) -> dict[str, str]:
        """Convert to the object of an FAQ file."""
        return {key: text for key, text in (("from", self.start), ("until", self.until)) if text}


@dataclass(frozen=True)
class Options:
    """The optional keys of a topic.

    Args:
        tags: such as a category.
        enabled: whether it may be answered at all.
        valid: when it may be answered.
        related: ids of topics that are offered after the answer.
        follow: buttons that lead on from the answer, before those of related topics.
        negatives: posts that look like those of the topic and must not find it (key ``not``).
        recommend: whether it is offered at the beginning of a conversation.
        handoff: whether the conversation is handed over to a person after the answer.
    """

    tags: tuple[str, ...] = ()
    enabled: bool = True
    valid: Validity = Validity()
    related: tuple[str, ...] = ()
    follow: tuple[Follow, ...] = ()
    negatives: tuple[str, ...] = ()
    recommend: bool = False
    handoff: bool = False

    @property
    def limited(self) -> bool:
        """Whether there are moments at which the topic is not answered."""
        return not self.enabled or self.valid != Validity()

    def active(self, at: datetime) -> bool:
        """Whether the topic may be answered at a moment."""
        return self.enabled and self.valid.holds(at)

    @property
    def targets(self) -> dict[str, tuple[str, ...]]:
        """Ids of the topics that it leads on to, by key."""
        return {"related": self.related, "follow": tuple(follow.topic for follow in self.follow)}

    def to_json(self) -> dict[str, Any]:
        """Convert to the keys of an FAQ file; those that say nothing are absent."""
        written: dict[str, Any] = {}
        if self.tags:
            written["tags"] = list(self.tags)
        if not self.enabled:
            written["enabled"] = False
        if valid := self.valid.to_json():
            written["valid"] = valid
        if self.related:
            written["related"] = list(self.related)
        if self.follow:
            written["follow"] = [follow.to_json() for follow in self.follow]
        if self.negatives:
            written["not"] = list(self.negatives)
        written |= {key: True for key in ("recommend", "handoff") if getattr(self, key)}
        return written


_FIELDS = {"not": "negatives"}  # of the keys that are called otherwise
_KEYS = {name: key for key, name in _FIELDS.items()}
KEYS = tuple(_KEYS.get(field.name, field.name) for field in fields(Options))
NONE = Options()

Fault = Callable[[str, str], None]
"""Reports what is wrong with the value of a key."""


def read_options(value: Mapping[str, Any], fault: Fault) -> Options:
    """Read the optional keys of a topic of an FAQ file; a value of the wrong form is reported, and left out."""
    read = {_FIELDS.get(key, key): _READERS[key](value[key], key, fault) for key in KEYS if key in value}
    return Options(**read)


def options_from_json(value: Mapping[str, Any]) -> Options:
    """Read what `Options.to_json` wrote."""

    def broken(key: str, message: str) -> None:
        raise ValueError(f"{key} {message}")

    return read_options(value, broken)


def moment_fault(text: str) -> str | None:
    """Return what is wrong with a moment, or None."""
    try:
        _moment(text)
    except ValueError:
        return _("is '{value}'; write a day such as 2026-11-01, or 2026-11-01T09:30+08:00").format(value=text)
    return None


def _moment(text: str, *, ends: bool = False) -> datetime | None:
    if not text:
        return None
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    if len(text) > _DAY:
        return _with_zone(datetime.fromisoformat(text.replace("Z", "+00:00")))
    return _with_zone(datetime.combine(datetime.fromisoformat(text), time.max if ends else time.min))


def _with_zone(at: datetime) -> datetime:
    try:
        return at.astimezone(timezone.utc)
    except (OverflowError, OSError, ValueError):
        return at.replace(tzinfo=timezone.utc)  # a year that the machine's time zone does not reach


def _tags(value: Any, key: str, fault: Fault) -> tuple[str, ...]:
    if not isinstance(value, list):
        fault(key, _("is not a list; write a list of texts"))
        return ()
    if not all(isinstance(tag, str) and normalize(tag) for tag in value):
        fault(key, _("holds what is no text, or an empty one; write a list of texts"))
        return ()
    for tag in value:
        if message := length_fault(tag, TITLE):
            fault(key, message)
            return ()
    if len(set(value)) < len(value):
        fault(key, _("names a tag twice; keep one"))
    return tuple(value)


def _posts(value: Any, key: str, fault: Fault) -> tuple[str, ...]:
    if not isinstance(value, list):
        fault(key, _("is not a list; write a list of texts"))
        return ()
    for number, text in enumerate(value):
        if not isinstance(text, str) or not normalize(text):
            fault(f"{key}[{number}]", _("is no text, or an empty one; write a post that must not find the topic"))
            return ()
        if message := length_fault(text, POST):
            fault(f"{key}[{number}]", message)
            return ()
    return tuple(value)


def _flag(default: bool) -> Callable[[Any, str, Fault], bool]:
    def read(value: Any, key: str, fault: Fault) -> bool:
        if not isinstance(value, bool):
            fault(key, _("is not true or false; write one of them"))
            return default
        return value

    return read


def _valid(value: Any, key: str, fault: Fault) -> Validity:
    form = '{"from": "2026-11-01", "until": "2026-11-12T00:00+08:00"}'
    if not isinstance(value, Mapping) or not set(value) <= {"from", "until"} or not value:
        fault(key, _("is not of the form {form}; one of the two may be absent").format(form=form))
        return Validity()
    for end, text in value.items():
        wrong = moment_fault(text) if isinstance(text, str) and text else _("is no text; write a day in quotes")
        if wrong:
            fault(key, _("'{end}' {message}").format(end=end, message=wrong))
            return Validity()
    valid = Validity(value.get("from", ""), value.get("until", ""))
    if valid.start and valid.until and not valid.holds(_moment(valid.start) or now()):
        fault(key, _("ends ('{until}') before it begins ('{start}'); correct one").format(**vars(valid)))
    return valid


_READERS: dict[str, Callable[[Any, str, Fault], Any]] = {
    "tags": _tags,
    "enabled": _flag(True),
    "valid": _valid,
    "related": read_related,
    "follow": read_follow,
    "not": _posts,
    "recommend": _flag(False),
    "handoff": _flag(False),
}
