"""Errors as RFC 9457's ``application/problem+json``, each with one sentence."""

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
    404: "There is nothing at this address; /docs lists the addresses that there are.",
    405: "This address does not take this method; the header Allow names those that it takes.",
}


class ProblemError(Exception):
    """A request is refused or fails, for a reason that its sender is told.

    Args:
        status: the HTTP status.
        detail: one sentence.
        headers: of the response.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def overloaded(detail: str) -> ProblemError:
    """The service has too much to do; the client may come again in a second."""
    return ProblemError(503, detail, {"Retry-After": "1"})


def problem(status: int, detail: str) -> bytes:
    """The body of a problem."""
    content = {"type": "about:blank", "title": HTTP_STATUS_CODES.get(status, ""), "status": status, "detail": detail}
    return json.dumps(content, ensure_ascii=False).encode()


def register_problems(app: Flask) -> None:
    """Let every error of the application be answered as a problem."""
    app.register_error_handler(ProblemError, response_of)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_fault)


def response_of(error: ProblemError) -> Response:
    """The response that says so."""
    return _response(error.status, error.detail, error.headers)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    detail = _SENTENCES.get(status) or error.description or HTTP_STATUS_CODES.get(status, "The request failed.")
    # Of the headers only what the client can act on: the rest describe Werkzeug's HTML.
    kept = {"Allow", "Retry-After", "Location", "WWW-Authenticate"}
    return _response(status, detail, {key: value for key, value in error.get_headers() if key in kept})


def _of_fault(error: Exception) -> Response:
    logger.error("A request failed.", exc_info=error)
    return _response(500, "The service failed at this request; its log says how.")


def _response(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    named = {**(headers or {}), "Cache-Control": "no-store"}
    return Response(problem(status, detail), status, named, content_type=PROBLEM)
