"""Parsers and checks for the messages of platforms."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from faq_component.rasa.channels.webhook import RefusalError, require_text

_SENDER_LENGTH = 255  # of the column in Rasa's events table


@dataclass(frozen=True)
class Incoming:
    """A message of a user.

    `id` is the platform's and does not change when the message is redelivered; `sender` names the conversation; `text`
    is None if the message is not text; `place` holds what the platform needs for a reply.
    """

    id: str
    sender: str
    text: str | None
    place: dict[str, Any] = field(default_factory=dict, repr=False)


def parse_json(body: bytes | str) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        RefusalError: the body is not a JSON object.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, "the body is not JSON") from error
    if not isinstance(found, dict):
        raise RefusalError(400, "the body is not a JSON object")
    return found


def parse_xml(body: bytes | str) -> dict[str, str]:
    """Parse XML, and return the texts of the elements below the root by name.

    Raises:
        RefusalError: the body is not XML, or has a document type, which could define entities.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise RefusalError(400, "the XML has a document type or entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise RefusalError(400, "the body is not XML") from error
    return {child.tag: child.text or "" for child in root}


def check_time(given: str | None, max_age: float, unit: float = 1.0) -> None:
    """Check that a Unix time in units of `unit` seconds is at most `max_age` seconds from now.

    Raises:
        RefusalError: it is further away, or not a number.
    """
    if given is None or not (given.isascii() and given.isdigit() and len(given) < 20):
        raise RefusalError(400, "the timestamp is missing or not a number")
    if abs(time.time() - int(given) * unit) > max_age:
        raise RefusalError(403, f"the timestamp is more than {max_age:g} seconds from this machine's time")


def required_text(given: Any, what: str, length: int = _SENDER_LENGTH) -> str:
    """Return a text after checking that it is valid Unicode and not empty.

    Raises:
        RefusalError: it is not.
    """
    require_text(given, what, length)
    if not given:
        raise RefusalError(400, f"{what} is empty")
    return str(given)
