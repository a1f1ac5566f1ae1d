"""Posting a text to the robot of a group, and reading its code."""

from __future__ import annotations

from typing import Any

from faq_component.handover.adapters.notice import AdapterError
from faq_component.language import _
from faq_component.support.http_client import HttpClient, HttpError

TIMEOUT = 10.0  # seconds


def post(client: HttpClient, body: dict[str, Any], code: str) -> None:
    """Post a body whose answer has 0 under `code`.

    Raises:
        AdapterError: it was not taken.
    """
    try:
        answer = client.post("", body)
    except HttpError as error:
        raise AdapterError(_("the robot {reason}").format(reason=error)) from error
    try:
        given = answer.json()
        said = given.get(code) if isinstance(given, dict) else None
    except ValueError:
        said = None
    if answer.status != 200 or said != 0:
        raise AdapterError(_("the robot answered {status}, code {code}").format(status=answer.status, code=said))
