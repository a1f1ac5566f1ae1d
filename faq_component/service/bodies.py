"""Reading the body of a request: everything that is wrong with it is found before anything is computed."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Request

from faq_component.service.problems import ProblemError

_DRAINED = 4 << 20  # bytes of a body too large that are read, so that its sender hears of it
_CHUNK = 1 << 16


def read_json(request: Request, most: int) -> Any:
    """The JSON value that is a request's body.

    Raises:
        ProblemError: 415 where it is no JSON or is compressed, 413 where it has more than `most` bytes, 400 where it
            cannot be read.
    """
    if request.mimetype != "application/json":
        raise ProblemError(415, "The body must be JSON; send it with Content-Type: application/json.")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise ProblemError(415, f"The body must be UTF-8, not {charset[:40]}.")
    if request.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise ProblemError(415, "The body must not be compressed; send it without Content-Encoding.")
    return _parse(_read(request, most))


def _read(request: Request, most: int) -> bytes:
    length = request.content_length
    if length is not None and length > most:
        _drain(request, length)
        raise _too_large(most)
    stream = request.environ["wsgi.input"]
    try:
        # A body in chunks says its length last; gunicorn ends the stream where the body ends.
        body: bytes = stream.read(most + 1 if length is None else length)
    except OSError:
        body = b""
    if length is None and len(body) > most:
        raise _too_large(most)
    if length is not None and len(body) < length:
        raise ProblemError(400, "The body ended too early.")
    return body


def _drain(request: Request, length: int) -> None:
    """Read and forget a body: where the connection were closed before, its sender might see only that."""
    stream = request.environ["wsgi.input"]
    left = min(length, _DRAINED)
    while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise ProblemError(400, "The body is not UTF-8.") from None
    except RecursionError:
        raise ProblemError(400, "The body is not JSON that can be read: it is nested too deeply.") from None
    except ValueError as error:
        raise ProblemError(400, f"The body is not JSON: {str(error)[:100]}.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, f"The body is too large; it may have {most} bytes.")
