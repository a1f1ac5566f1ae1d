"""Settings as fields of a dataclass: each says its meaning and bounds, its group, and which results it changes.

From the fields come the checks, the tables of the documentation, the flags of the command line and the keys of caches.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import Field, field, fields
from enum import Enum, Flag, auto
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

from faq_component.errors import SettingsError
from faq_component.language import N_, _, listed
from faq_component.support.files import digest


class Affects(Flag):
    """The results that a setting changes; what is kept of them is kept under the settings that do."""

    NOTHING = 0
    KNOWLEDGE = auto()  # which knowledge base it is: all that is kept is kept for one version of it, by its fingerprint
    REWRITING = auto()  # the form in which texts are compared
    RETRIEVAL = auto()  # which topics are found, and their scores
    DECISION = auto()  # what is decided upon what was found
    DIALOGUE = auto()  # when a conversation follows the decision
    PRESENTATION = auto()  # what people read
    TRAINING = auto()  # what a training makes


class Identity(Enum):
    """What of a setting enters the key of a cache."""

    VALUE = "value"
    CONTENT = "content"  # of the file or folder that it names
    FINGERPRINT = "fingerprint"  # of what it names; whoever has loaded that knows it


def setting(
    default: Any,
    text: str,
    *,
    group: str,
    affects: Affects,
    identity: Identity = Identity.VALUE,
    shown: bool = True,
    listed: bool = True,
    required: bool = False,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    noun: str | None = None,
    refused: Collection[str] = (),
    pattern: re.Pattern[str] | None = None,
    check: Callable[[Any], str | None] | None = None,
) -> Any:
    """A field of a dataclass that is a setting, of type str, int, float, bool or Mapping, or one of these or None.

    Args:
        default: its value where none is given.
        text: its meaning, for tables and help.
        group: heading of its table.
        affects: the results that it changes.
        identity: what of it enters the key of a cache.
        shown: whether its value may be shown; one that may hold a password, as the URL of a database does, may not.
        listed: whether it is in the table.
        required: whether it must be set, and not be empty.
        low: the least number.
        high: the greatest number.
        choices: the values that there are.
        noun: what it must be, in words.
        refused: texts that it must not be.
        pattern: of a text that is not empty.
        check: returns what is wrong with a value of the right type, or None.
    """
    metadata = {"help": text, "group": group, "affects": affects, "identity": identity, "listed": listed}
    metadata |= {"required": required, "low": low, "high": high, "choices": choices, "noun": noun}
    metadata |= {"refused": refused, "pattern": pattern, "check": check}
    return field(default=default, repr=shown, metadata=metadata)


_Settings = TypeVar("_Settings", bound="CheckedSettings")


class CheckedSettings:
    """Base of a dataclass whose fields are made by `setting`: they are checked when it is made.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for item in _fields(self):
            _check(item, getattr(self, item.name), hints[item.name], _called(item.name))

    @classmethod
    def from_mapping(
        cls: type[_Settings],
        values: Mapping[str, Any],
        *,
        lenient: bool = False,
        called: Callable[[str], str] | None = None,
    ) -> _Settings:
        """Settings from names and values.

        Args:
            values: the values that are not the defaults.
            lenient: take `None` for a value that is not given, and a text for the number or truth value that it spells,
                or a number for a text: where values come from the environment, or a file in which it is filled in.
            called: what a setting is called where the values come from, for messages.

        Raises:
            SettingsError: a name is unknown, or a value missing, of the wrong type or out of its bounds.
        """
        known = {item.name: item for item in _fields(cls)}
        check_names(values, known)
        hints = get_type_hints(cls)
        if lenient:
            values = {name: _read(value, hints[name]) for name, value in values.items() if value is not None}
        missing = [name for name, item in known.items() if item.metadata["required"] and values.get(name) in (None, "")]
        if missing:
            raise SettingsError(_("{names} must be set").format(names=listed(missing)))
        for name, value in values.items():
            _check(known[name], value, hints[name], (called or _called)(name))
        return cls(**values)


def check_names(given: Iterable[str], known: Collection[str]) -> None:
    """Check that settings of these names are known.

    Raises:
        SettingsError: one is not; the message suggests the nearest name, or lists all.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            if near:
                raise SettingsError(
                    _("unknown setting '{name}'; did you mean '{near}'?").format(name=name, near=near[0])
                )
            raise SettingsError(_("unknown setting '{name}'; known are {known}").format(name=name, known=listed(known)))


def cache_key(settings: CheckedSettings, affects: Affects, **fingerprints: str) -> dict[str, Any]:
    """All of the settings that changes these results, by the names of the settings, as JSON values.

    Args:
        settings: the settings.
        affects: the results that are kept under the key.
        fingerprints: of what is named by those settings of which the fingerprint counts; more of them do no harm.

    Raises:
        TypeError: such a fingerprint is missing.
        OSError: a file that a setting names cannot be read.
    """
    key: dict[str, Any] = {}
    for item in _fields(settings):
        if not item.metadata["affects"] & affects:
            continue
        value, identity = getattr(settings, item.name), item.metadata["identity"]
        if identity is Identity.FINGERPRINT and item.name not in fingerprints:
            raise TypeError(f"the setting '{item.name}' enters a key by a fingerprint, which is missing")
        if identity is Identity.FINGERPRINT:
            value = fingerprints[item.name]
        elif identity is Identity.CONTENT:
            value = None if value is None else digest(Path(value))
        key[item.name] = value
    return key


def fields_table(kind: Any) -> str:
    """The settings of a dataclass as Markdown tables, one a group: name, default, bounds, meaning."""
    groups: dict[str, list[str]] = {}
    for item in _fields(kind):
        if item.metadata["listed"]:
            groups.setdefault(item.metadata["group"], []).append(_row(item))
    head = "| setting | default | may be | is |\n| --- | --- | --- | --- |"
    return "\n\n".join(f"**{group}**\n\n{head}\n" + "\n".join(rows) for group, rows in groups.items())


def _row(item: Field[Any]) -> str:
    bounds = ", ".join(item.metadata["choices"])
    if item.metadata["low"] is not None:
        bounds = f"{item.metadata['low']} to {item.metadata['high']}"
    default = "open" if item.default is None else f"`{item.default}`"
    if isinstance(item.default, bool):
        bounds, default = "true, false", f"`{str(item.default).lower()}`"
    return f"| `{item.name}` | {default} | {bounds} | {item.metadata['help']} |"


def _fields(settings: Any) -> tuple[Field[Any], ...]:
    return fields(settings)


def _called(name: str) -> str:
    return _("setting '{name}'").format(name=name)


def _base(hint: Any) -> type:
    """The type without `None`."""
    kinds = {get_origin(kind) or kind for kind in (hint, *getattr(hint, "__args__", ()))}
    return next(kind for kind in (Mapping, bool, str, int, float) if kind in kinds)


_NOUNS = {
    bool: N_("true or false"),
    str: N_("a text"),
    int: N_("a whole number"),
    float: N_("a number"),
    Mapping: N_("keys with values"),
}
_TRUTH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


def _read(value: Any, hint: Any) -> Any:
    """The value that a text spells, or the text of a number; as it is where it spells none."""
    base = _base(hint)
    if base is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or base is str:
        return value
    if base is bool:
        return _TRUTH.get(value.lower(), value)
    try:
        return base(value)
    except ValueError:
        return value


def _check(item: Field[Any], value: Any, hint: Any, called: str) -> None:
    base, bounds = _base(hint), item.metadata
    if value is None and hint is not base:
        return
    noun = bounds["noun"] or _NOUNS[base]
    shown = item.repr or value is None
    fault = _("{setting} is {value}; it must be {noun}") if shown else _("{setting} must be {noun}")
    if _is_of(value, base) and value not in tuple(bounds["refused"]) and _fits(value, bounds["pattern"]):
        if bounds["choices"] and value not in bounds["choices"]:
            fault = _("{setting} is {value}; choose one of {choices}")
        elif bounds["low"] is not None and not bounds["low"] <= value <= bounds["high"]:
            fault = _("{setting} is {value}; it must be between {low} and {high}")
        elif bounds["check"] is not None and (wrong := bounds["check"](value)):
            raise SettingsError(f"{called} {wrong}")
        else:
            return
    said = {"setting": called, "value": repr(value), "noun": _(noun), "choices": listed(bounds["choices"])}
    raise SettingsError(fault.format(**said, low=bounds["low"], high=bounds["high"]))


def _is_of(value: Any, base: type) -> bool:
    if isinstance(value, bool):
        return base is bool
    return isinstance(value, (int, float) if base is float else base)


def _fits(value: Any, pattern: re.Pattern[str] | None) -> bool:
    return pattern is None or not value or pattern.fullmatch(value) is not None
