"""What dataclasses of settings share: bounds and help in each field, their check, and their table for the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, get_type_hints

from faq_component.errors import SettingsError


def setting(default: Any, text: str, *, shown: bool = True, **bounds: Any) -> Any:
    """A setting; one that may hold a password, as the URL of a database does, is not shown in a `repr`.

    `bounds` are ``low`` and ``high``, ``choices``, ``noun`` (what it must be, in words) and ``refused`` values.
    """
    return field(default=default, repr=shown, metadata={"help": text, **bounds})


def check_fields(settings: Any) -> None:
    """Check each value by its type and bounds.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """
    hints = get_type_hints(type(settings))
    for item in fields(settings):
        _check(item.name, getattr(settings, item.name), hints[item.name], item.metadata)


def fields_table(kind: Any) -> str:
    """The settings of a dataclass as a Markdown table: name, default, bounds, meaning."""
    rows = ["| setting | default | may be | is |", "| --- | --- | --- | --- |"]
    for item in fields(kind):
        bounds = ", ".join(item.metadata.get("choices", ()))
        if "low" in item.metadata:
            bounds = f"{item.metadata['low']} to {item.metadata['high']}"
        default = "open" if item.default is None else f"`{item.default}`"
        if isinstance(item.default, bool):
            bounds, default = "true, false", default.lower()
        rows.append(f"| `{item.name}` | {default} | {bounds} | {item.metadata['help']} |")
    return "\n".join(rows)


def _check(name: str, value: Any, hint: Any, metadata: Mapping[str, Any]) -> None:
    if hint is bool:
        if not isinstance(value, bool):
            raise SettingsError(f"setting '{name}' is {value!r}; it must be true or false")
        return
    optional = hint not in (str, int, float)
    if value is None and optional:
        return
    base = next(kind for kind in (str, int, float) if kind is hint or kind in getattr(hint, "__args__", ()))
    accepted = (int, float) if base is float else (base,)
    if isinstance(value, bool) or not isinstance(value, accepted):
        noun = metadata.get("noun") or {str: "a text", int: "a whole number", float: "a number"}[base]
        raise SettingsError(f"setting '{name}' is {value!r}; it must be {noun}")
    if value in metadata.get("refused", ()):
        raise SettingsError(f"setting '{name}' is '{value}'; it must be {metadata['noun']}")
    choices = metadata.get("choices")
    if choices and value not in choices:
        raise SettingsError(f"setting '{name}' is '{value}'; choose one of {', '.join(choices)}")
    low, high = metadata.get("low"), metadata.get("high")
    if low is not None and high is not None and not low <= value <= high:
        raise SettingsError(f"setting '{name}' is {value}; it must be between {low} and {high}")
