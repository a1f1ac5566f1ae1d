"""Errors as ``application/problem+json`` (RFC 9457), in English: their readers are API clients."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
_SENTENCES = {
    404: "There is nothing at this address; /docs lists the addresses.",
    405: "This address does not accept this method; the header Allow lists those it accepts.",
}


class ProblemError(Exception):
    """A request is refused or fails, with a reason for its sender.

    Args:
        status: HTTP status.
        detail: the reason, one sentence.
        headers: further headers of the response.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def overloaded(detail: str) -> ProblemError:
    """Return the error 503, with `Retry-After` of one second."""
    return ProblemError(503, detail, {"Retry-After": "1"})


def problem(status: int, detail: str) -> bytes:
    """Return the body of a problem as JSON."""
    content = {"type": "about:blank", "title": HTTP_STATUS_CODES.get(status, ""), "status": status, "detail": detail}
    return json.dumps(content, ensure_ascii=False).encode()


def register_problems(app: Flask) -> None:
    """Answer every error of the application with a problem."""
    app.register_error_handler(ProblemError, response_of)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_fault)


def response_of(error: ProblemError) -> Response:
    """Return the response for an error."""
    return _response(error.status, error.detail, error.headers)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    detail = _SENTENCES.get(status) or error.description or HTTP_STATUS_CODES.get(status, "The request failed.")
    # Keep the headers that a client can act on; the others describe Werkzeug's HTML.
    kept = {"Allow", "Retry-After", "Location", "WWW-Authenticate"}
    return _response(status, detail, {key: value for key, value in error.get_headers() if key in kept})


def _of_fault(error: Exception) -> Response:
    logger.error("A request failed.", exc_info=error)
    return _response(500, "The service failed to handle this request; see its log.")


def _response(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    named = {**(headers or {}), "Cache-Control": "no-store"}
    return Response(problem(status, detail), status, named, content_type=PROBLEM)
