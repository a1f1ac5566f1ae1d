"""The OpenAPI description and Swagger UI, served without any other host."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gevent
from flask import Blueprint, Response, send_from_directory

from faq_component.dialogue.scope import MOST
from faq_component.service.problems import PROBLEM
from faq_component.service.schemas import TAG, make_schemas
from faq_component.service.settings import ServiceSettings
from faq_component.usage.events import WORDS

_PAGES = "pages"
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_PROBLEMS = {
    400: "the body is not JSON",
    401: "the token is missing or wrong",
    403: "the service has no token",
    404: "no topic has a tag of the scope",
    408: "the body did not arrive in time",
    413: "the body is too large",
    414: "the address is too long",
    415: "the content type is not JSON, or the body is compressed",
    422: "a value is missing, unknown, of the wrong type or out of bounds",
    429: "too many requests from this address (nginx)",
    503: "the service is overloaded, or the deadline has passed; see Retry-After",
}
_OF_A_BODY = (400, 408, 413, 415, 422, 429, 503)
_QUERIES = ("Suggest", "Complete")  # whose values are in the address, not in a body
_SCOPED = ("Question", "Message", "Search")


def make_docs(limits: ServiceSettings, top_k: int) -> Blueprint:
    """Return the endpoints ``/openapi.json`` and ``/docs``, and the redirect from ``/``."""
    docs = Blueprint("docs", __name__, static_folder=_PAGES, static_url_path="/docs/pages")
    described = lru_cache(maxsize=1)(lambda: json.dumps(describe(limits, top_k), ensure_ascii=False))

    @docs.get("/openapi.json")
    def openapi() -> Response:
        # On first use, in a thread: importing apispec takes 0.2 s.
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
    """Return the OpenAPI description as JSON values."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    spec = APISpec("rasa-faq", "1", "3.0.3", plugins=[MarshmallowPlugin()], info={"description": _INTRODUCTION})
    for name, schema in make_schemas(limits, top_k).items():
        if name not in _QUERIES:
            spec.components.schema(name, schema=schema)
    for name, content in _RESPONSES.items():
        spec.components.schema(name, content)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for address, summary, request, response in _POSTS:
        body = {"required": True, "content": {"application/json": {"schema": _reference(request)}}}
        operation = _operation(summary, response, (*_OF_A_BODY, 404) if request in _SCOPED else _OF_A_BODY)
        spec.path(address, operations={"post": {**operation, "requestBody": body}})
    of_an_address = (404, 414, 422, 429, 503)
    suggest = _operation("Questions to begin with: recommended, else most asked", "Suggestions", of_an_address)
    spec.path("/v1/suggest", operations={"get": {**suggest, "parameters": _SUGGEST}})
    complete = _operation("Questions that a text typed so far may become", "Suggestions", of_an_address)
    typed = {**_TYPED, "schema": {"type": "string", "minLength": 1, "maxLength": limits.max_text}}
    spec.path("/v1/complete", operations={"get": {**complete, "parameters": [typed, *_SUGGEST]}})
    spec.path("/healthz", operations={"get": _operation("Is the process alive?", "Health", ())})
    spec.path("/readyz", operations={"get": _operation("Can it answer?", "Ready", (503,))})
    spec.path("/metrics", operations={"get": _METRICS})
    token: dict[str, Any] = {"security": [{"token": []}]}
    reload = _operation("Load an edit of the FAQ now", "State", (401, 403, 503))
    spec.path("/admin/reload", operations={"post": {**reload, **token}})
    status = _operation("FAQ version of this process and of the others", "Status", (401, 403))
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


def _with_optional(described: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {**described, "properties": {**described["properties"], **properties}}


_INTRODUCTION = "Answers from a knowledge base, found by meaning. Errors are problem+json, with one sentence in detail."
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
        response={
            "oneOf": [_STRING, {"type": "object"}],
            "nullable": True,
            "description": "a text, or an object",
        },
        choices={"type": "array", "items": _CHOICE, "description": "topics that the clarifying question offers"},
        follow={"type": "array", "items": _CHOICE, "description": "topics that lead on from the answer"},
        related={"type": "array", "items": _CHOICE, "description": "topics that are related to it"},
        nearest={"type": "array", "items": _CHOICE, "description": "nearest topics where nothing is found"},
        handoff={"type": "boolean", "description": "whether to hand over to a person after it"},
        words={
            "type": "array",
            "items": {"type": "string", "enum": list(WORDS)},
            "description": "lists of words that must not pass of which the message or its answer held one",
        },
        version=_STRING,
    ),
    "Decision": _with_optional(
        _object(
            outcome=_OUTCOME,
            confidence=_SHARE,
            topics=_STRINGS,
            hits={"type": "array", "items": _object(topic=_STRING, score=_NUMBER)},
            version=_STRING,
        ),
        vector={"type": "array", "items": _NUMBER, "description": "of the message, where it is asked for"},
        encoder={"type": "string", "description": "fingerprint of the encoder of that vector"},
    ),
    "Hits": _object(
        hits={"type": "array", "items": _object(topic=_STRING, title=_STRING, post=_STRING, score=_NUMBER)},
        version=_STRING,
    ),
    "Suggestions": _object(
        questions={"type": "array", "items": _object(topic=_STRING, title=_STRING, text=_STRING)}, version=_STRING
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
_SUGGEST = [
    {
        "name": "tag",
        "in": "query",
        "description": "tags; a topic needs one of them",
        "schema": {"type": "array", "items": TAG, "maxItems": MOST},
        "style": "form",
        "explode": True,
    },
    {
        "name": "count",
        "in": "query",
        "description": "greatest number of questions",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100},
    },
]
_TYPED = {"name": "text", "in": "query", "required": True, "description": "what the user has typed so far"}
_METRICS = {
    "summary": "Metrics in Prometheus's format",
    "responses": {"200": {"description": "done", "content": {"text/plain": {"schema": _STRING}}}},
}
_POSTS = (
    ("/v1/answer", "Answer a question, ask a clarifying question, or reject", "Question", "Answer"),
    ("/v1/recall", "Decide on a message as Rasa's component does, with follow-ups", "Message", "Decision"),
    ("/v1/search", "The topics nearest to a text", "Search", "Hits"),
    ("/v1/encode", "Vectors of texts", "Texts", "Vectors"),
    ("/encode", "Vectors of texts, in the format of bert-as-service", "BertRequest", "BertResponse"),
)
