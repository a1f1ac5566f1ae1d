"""What platforms post to a channel: parsed safely, and checked."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from faq_component.rasa.channels.webhook import RefusalError, require_text

_SENDER_LENGTH = 255  # of Rasa's table of conversations


@dataclass(frozen=True)
class Incoming:
    """A message of a user.

    `id` is the platform's, the same when it is delivered again; `sender` names the conversation; `text` is None where
    the message is not text; `place` is what the platform needs to know to reply.
    """

    id: str
    sender: str
    text: str | None
    place: dict[str, Any] = field(default_factory=dict, repr=False)


def parse_json(body: bytes | str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RefusalError: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, "the body is not JSON") from error
    if not isinstance(found, dict):
        raise RefusalError(400, "the body is not a JSON object")
    return found


def parse_xml(body: bytes | str) -> dict[str, str]:
    """The elements below the root, by name; those with elements of their own have the text before these.

    Raises:
        RefusalError: it is not XML, or has a document type, in which entities could be defined.
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
    """Check that a time since 1970 in `unit` seconds is at most `max_age` seconds away from now.

    Raises:
        RefusalError: it is not, or not a number.
    """
    if given is None or not (given.isascii() and given.isdigit() and len(given) < 20):
        raise RefusalError(400, "the timestamp is missing or not a number")
    if abs(time.time() - int(given) * unit) > max_age:
        raise RefusalError(403, f"the timestamp is more than {max_age:g} seconds from this machine's time")


def required_text(given: Any, what: str, length: int = _SENDER_LENGTH) -> str:
    """A text that is not empty and can be kept.

    Raises:
        RefusalError: it is not.
    """
    require_text(given, what, length)
    if not given:
        raise RefusalError(400, f"{what} is empty")
    return str(given)
