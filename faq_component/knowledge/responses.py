"""Responses in Rasa's format: a text, buttons or an image, optionally for one channel or under conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from faq_component.knowledge.bounds import object_fault
from faq_component.language import _

KEYS = ("text", "buttons", "image", "attachment", "custom", "channel", "conditions")
_CONTENT = ("text", "buttons", "image", "attachment", "custom")
_TEXTS = ("text", "image", "attachment", "channel")


@dataclass(frozen=True)
class RichResponse:
    """A response in Rasa's format; what is absent is None or empty.

    Args:
        text: of the message.
        buttons: each with ``title`` and ``payload``, and further keys of the channel (``type``, ``url``).
        image: address of an image.
        attachment: address of a file.
        custom: a payload that the channel interprets.
        channel: the only channel that gets the response.
        conditions: each ``{"type": "slot", "name": ..., "value": ...}``; all must hold (Rasa's ``condition``).
    """

    text: str | None = None
    buttons: tuple[Mapping[str, Any], ...] = ()
    image: str | None = None
    attachment: str | None = None
    custom: Mapping[str, Any] | None = None
    channel: str | None = None
    conditions: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Convert to the object of an FAQ file."""
        return {
            item.name: list(value) if isinstance(value, tuple) else value
            for item in fields(self)
            if (value := getattr(self, item.name)) not in (None, ())
        }

    def holds(self, slots: Mapping[str, Any]) -> bool:
        """Whether all conditions hold; texts are compared case-insensitively, as in Rasa."""
        return all(_same(slots.get(condition["name"]), condition["value"]) for condition in self.conditions)


Response = str | RichResponse


def text_of(response: Response) -> str:
    """Return the text of a response; empty where it has none."""
    return response if isinstance(response, str) else response.text or ""


def said(response: Response) -> list[str]:
    """All texts of a response that users read: its own, and those of its buttons."""
    if isinstance(response, str):
        return [response]
    return [text for text in (text_of(response), *(button["title"] for button in response.buttons)) if text]


def response_to_json(response: Response) -> Any:
    """Convert a response to its form in an FAQ file: a text or an object."""
    return response if isinstance(response, str) else response.to_json()


def message_of(response: Response) -> dict[str, Any]:
    """Convert a response to the keyword arguments of rasa-sdk's dispatcher."""
    if isinstance(response, str):
        return {"text": response}
    content = {key: getattr(response, key) for key in _CONTENT}
    found = {key: value for key, value in content.items() if value not in (None, ())}
    if "buttons" in found:
        found["buttons"] = [dict(button) for button in response.buttons]
    if response.custom is not None:
        found["json_message"] = dict(found.pop("custom"))
    return found


def suitable(responses: Sequence[Response], channel: str | None, slots: Mapping[str, Any]) -> list[Response]:
    """Return the responses that suit a channel and slots; can be empty.

    As in Rasa's `ResponseVariationFilter`, the first group that is not empty: with conditions for this channel, without
    conditions for this channel, with conditions for any channel, without conditions for any channel.
    """
    plain = RichResponse()
    rich = [(response, plain if isinstance(response, str) else response) for response in responses]
    for conditional, wanted in ((True, channel), (False, channel), (True, None), (False, None)):
        found = [
            response
            for response, as_rich in rich
            if as_rich.channel == wanted and bool(as_rich.conditions) == conditional and as_rich.holds(slots)
        ]
        if found:
            return found
    return []


def read_response(value: Mapping[str, Any], fault: Callable[[str], None]) -> RichResponse:
    """Read an object of an FAQ file; each fault is passed to `fault` as a sentence."""
    faults = list(_faults(value))
    for message in faults:
        fault(message)
    if faults:
        return RichResponse()
    return _rich(value)


def response_from_json(value: Any) -> Response:
    """Read what `response_to_json` wrote."""
    return value if isinstance(value, str) else _rich(value)


def _rich(value: Mapping[str, Any]) -> RichResponse:
    tuples = {key: tuple(value.get(key, ())) for key in ("buttons", "conditions")}
    return RichResponse(**{**value, **tuples})


def unknown_key(key: str, known: Sequence[str], meant: str | None) -> str:
    """Describe an unknown key of an FAQ file's object; `meant` is a similar key that exists."""
    if meant:
        return _("unknown key '{key}'; did you mean '{meant}'?").format(key=key, meant=meant)
    return _("unknown key '{key}'; known are {keys}").format(key=key, keys=", ".join(known))


def _faults(value: Mapping[str, Any]) -> Iterator[str]:
    if message := object_fault(value):
        yield message
        return
    for key in value:
        if key not in KEYS:
            yield unknown_key(key, KEYS, "conditions" if key == "condition" else None)
    for key in _TEXTS:
        if key in value and not (isinstance(value[key], str) and value[key].strip()):
            yield _("'{key}' is not a text, or empty; write a text in quotes or leave it out").format(key=key)
    if "custom" in value and not isinstance(value["custom"], Mapping):
        yield _("'custom' is not an object; write {...} or leave it out")
    if not any(value.get(key) for key in _CONTENT):
        yield _("says nothing; write at least one of {keys}").format(keys=", ".join(_CONTENT))
    yield from _list_faults(value, "buttons", _button_fault)
    yield from _list_faults(value, "conditions", _condition_fault)


def _list_faults(value: Mapping[str, Any], key: str, fault_of: Callable[[Any], str | None]) -> Iterator[str]:
    items = value.get(key, [])
    if not isinstance(items, list):
        yield _("'{key}' is not a list; write [...] or leave it out").format(key=key)
        return
    for number, item in enumerate(items):
        if message := fault_of(item):
            yield f"{key}[{number}] {message}"


def _button_fault(button: Any) -> str | None:
    if not isinstance(button, Mapping) or not isinstance(button.get("title"), str) or not button["title"].strip():
        return _('has no title; write {"title": "...", "payload": "..."}')
    if not any(isinstance(button.get(key), str) and button[key] for key in ("payload", "url")):
        return _("has no payload; write what pressing it sends, or the url that it opens")
    return None


def _condition_fault(condition: Any) -> str | None:
    form = '{"type": "slot", "name": "...", "value": ...}'
    if not isinstance(condition, Mapping) or set(condition) != {"type", "name", "value"}:
        return _("is not of the form {form}").format(form=form)
    if condition["type"] != "slot" or not isinstance(condition["name"], str) or not condition["name"]:
        return _("is not about a slot; write {form}").format(form=form)
    return None


def _same(filled: Any, wanted: Any) -> bool:
    if isinstance(filled, str) and isinstance(wanted, str):
        return filled.casefold() == wanted.casefold()
    return bool(filled == wanted)
