"""Read the body of a request, and refuse a faulty one before anything is computed."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Request
from gunicorn.http.errors import ParseException

from faq_component.service.problems import ProblemError

_MAX_DRAINED = 4 << 20  # bytes read of an oversized body, so that its sender gets the response
_CHUNK = 1 << 16


def read_json(request: Request, max_bytes: int) -> Any:
    """Return the body of a request as a JSON value.

    Raises:
        ProblemError: 415, the body is not declared as JSON in UTF-8, or is compressed; 413, it has more than
            `max_bytes`; 400, it cannot be parsed.
    """
    if request.mimetype != "application/json":
        raise ProblemError(415, "The body must be JSON; send it with Content-Type: application/json.")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ProblemError(415, f"The body must be UTF-8, not {charset[:40]}.")
    if request.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise ProblemError(415, "The body must not be compressed; send it without Content-Encoding.")
    return _parse(_read(request, max_bytes))


def _read(request: Request, max_bytes: int) -> bytes:
    length = request.content_length
    if length is not None and length > max_bytes:
        _drain(request, length)
        raise _too_large(max_bytes)
    stream = request.environ["wsgi.input"]
    try:
        # A chunked body has no length in advance; gunicorn ends the stream where the body ends.
        body: bytes = stream.read(max_bytes + 1 if length is None else length)
    except OSError:
        body = b""
    except ParseException as error:
        raise ProblemError(400, "The body's chunks are malformed.", {"Connection": "close"}) from error
    if length is None and len(body) > max_bytes:
        raise _too_large(max_bytes)
    if length is not None and len(body) < length:
        raise ProblemError(400, "The body ended too early.")
    return body


def _drain(request: Request, length: int) -> None:
    """Read a body and discard it: closing the connection earlier might hide the response from its sender."""
    stream = request.environ["wsgi.input"]
    left = min(length, _MAX_DRAINED)
    while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise ProblemError(400, "The body is not UTF-8.") from None
    except RecursionError:
        raise ProblemError(400, "The body is nested too deeply.") from None
    except ValueError as error:
        raise ProblemError(400, f"The body is not JSON: {str(error)[:100]}.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")


def _too_large(max_bytes: int) -> ProblemError:
    return ProblemError(413, f"The body is too large; the limit is {max_bytes} bytes.")
