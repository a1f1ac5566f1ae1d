"""The OpenAPI description, and the page that shows it: nothing of it comes from another machine."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gevent
from flask import Blueprint, Response, send_from_directory

from faq_component.service.problems import PROBLEM
from faq_component.service.schemas import make_schemas
from faq_component.service.settings import ServiceSettings

_PAGES = "pages"
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_PROBLEMS = {
    400: "the body is not JSON",
    401: "the token is missing or wrong",
    403: "the service has no token",
    408: "the body came too slowly",
    413: "the body is too large",
    415: "the body is not JSON by its type, or compressed",
    422: "a value is missing, of the wrong type or out of its bounds",
    429: "too many requests from this address (nginx)",
    503: "more requests than can be carried, or the deadline has passed; see Retry-After",
}
_OF_A_BODY = (400, 408, 413, 415, 422, 429, 503)


def make_docs(limits: ServiceSettings, top_k: int) -> Blueprint:
    """The addresses ``/openapi.json`` and ``/docs``, to which ``/`` leads."""
    docs = Blueprint("docs", __name__, static_folder=_PAGES, static_url_path="/docs/pages")
    described = lru_cache(maxsize=1)(lambda: json.dumps(describe(limits, top_k), ensure_ascii=False))

    @docs.get("/openapi.json")
    def openapi() -> Response:
        # When it is first asked for, beside the loop: apispec takes a fifth of a second to import.
        return Response(gevent.get_hub().threadpool.apply(described), content_type="application/json")

    @docs.get("/docs")
    def page() -> Response:
        response = docs.send_static_file("docs.html")
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    @docs.get("/")
    def root() -> Response:
        return Response(status=302, headers={"Location": "/docs"})

    @docs.get("/docs/swagger/<name>")
    def asset(name: str) -> Response:
        from swagger_ui_bundle import swagger_ui_path

        return send_from_directory(str(swagger_ui_path), name, max_age=86_400)

    return docs


def describe(limits: ServiceSettings, top_k: int) -> dict[str, Any]:
    """The description as JSON values."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    spec = APISpec("rasa-faq", "1", "3.0.3", plugins=[MarshmallowPlugin()], info={"description": _INTRODUCTION})
    for name, schema in make_schemas(limits, top_k).items():
        spec.components.schema(name, schema=schema)
    for name, content in _RESPONSES.items():
        spec.components.schema(name, content)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for address, summary, request, response in _POSTS:
        body = {"required": True, "content": {"application/json": {"schema": _reference(request)}}}
        operation = _operation(summary, response, _OF_A_BODY)
        spec.path(address, operations={"post": {**operation, "requestBody": body}})
    spec.path("/healthz", operations={"get": _operation("Is the process alive?", "Health", ())})
    spec.path("/readyz", operations={"get": _operation("Can it answer?", "Ready", (503,))})
    spec.path("/metrics", operations={"get": _METRICS})
    token: dict[str, Any] = {"security": [{"token": []}]}
    reload = _operation("Take in an edit of the FAQ now", "State", (401, 403, 503))
    spec.path("/admin/reload", operations={"post": {**reload, **token}})
    status = _operation("The FAQ of this process and of the others", "Status", (401, 403))
    spec.path("/admin/status", operations={"get": {**status, **token}})
    described: dict[str, Any] = spec.to_dict()
    for name in ("Question", "Message", "Search", "Texts", "BertRequest"):
        described["components"]["schemas"][name]["additionalProperties"] = False
    return described


def _operation(summary: str, response: str, problems: tuple[int, ...]) -> dict[str, Any]:
    good = {"description": "done", "content": {"application/json": {"schema": _reference(response)}}}
    bad = {"schema": _reference("Problem")}
    responses = {str(code): {"description": _PROBLEMS[code], "content": {PROBLEM: bad}} for code in problems}
    return {"summary": summary, "responses": {"200": good, **responses}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_INTRODUCTION = (
    "Answers from a knowledge base, recalled by meaning. Errors are problem+json, with one sentence in detail."
)
_STRING, _INTEGER, _NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
_OPTIONAL = {"type": "string", "nullable": True}
_STRINGS = {"type": "array", "items": _STRING}
_ROWS = {"type": "array", "items": {"type": "array", "items": _NUMBER}}
_CHOICE = _object(topic=_STRING, title=_STRING)
_PROCESS = _object(process=_STRING, pid=_INTEGER, version=_STRING, topics=_INTEGER, since=_STRING, faults=_STRINGS)
_STATE = {"version": _STRING, "topics": _INTEGER, "faults": _STRINGS}
_OUTCOME = {"type": "string", "enum": ["answer", "clarify", "reject"]}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_RESPONSES = {
    "Answer": _object(
        outcome=_OUTCOME,
        confidence=_SHARE,
        topic=_OPTIONAL,
        title=_OPTIONAL,
        response={"oneOf": [_STRING, {"type": "object"}], "nullable": True, "description": "a text, or text with more"},
        choices={"type": "array", "items": _CHOICE, "description": "the topics that a question back offers"},
        version=_STRING,
    ),
    "Recalled": _object(
        outcome=_OUTCOME,
        confidence=_SHARE,
        topics=_STRINGS,
        hits={"type": "array", "items": _object(topic=_STRING, score=_NUMBER)},
        version=_STRING,
    ),
    "Hits": _object(
        hits={"type": "array", "items": _object(topic=_STRING, title=_STRING, post=_STRING, score=_NUMBER)},
        version=_STRING,
    ),
    "Vectors": _object(vectors=_ROWS, dim=_INTEGER, encoder=_STRING),
    "BertResponse": _object(
        id={"oneOf": [_INTEGER, _STRING]}, results=_ROWS, status={"type": "integer", "enum": [200]}
    ),
    "Health": _object(status=_STRING),
    "Ready": _object(status=_STRING, version=_STRING),
    "State": _object(edited={"type": "boolean"}, **_STATE),
    "Status": _object(**_STATE, pid=_INTEGER, cache=_STRING, processes={"type": "array", "items": _PROCESS}),
    "Problem": _object(type=_STRING, title=_STRING, status=_INTEGER, detail=_STRING),
}
_METRICS = {
    "summary": "What was counted and timed, in Prometheus's format",
    "responses": {"200": {"description": "done", "content": {"text/plain": {"schema": _STRING}}}},
}
_POSTS = (
    ("/v1/answer", "Answer a question, ask back, or say that one does not know", "Question", "Answer"),
    ("/v1/recall", "What Rasa's component decides on a message, after an answer or not", "Message", "Recalled"),
    ("/v1/search", "The topics nearest to a text", "Search", "Hits"),
    ("/v1/encode", "Vectors of texts", "Texts", "Vectors"),
    ("/encode", "Vectors of texts, in bert-as-service's form", "BertRequest", "BertResponse"),
)
