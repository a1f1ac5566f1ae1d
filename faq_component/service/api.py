"""The endpoints that answer, search and encode."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import gevent
from flask import Blueprint, Response, request
from marshmallow import Schema

from faq_component.encoders import Vectors
from faq_component.errors import EncoderError, ScopeError
from faq_component.service.bodies import read_json
from faq_component.service.faq_service import FaqService, vector_rows
from faq_component.service.problems import ProblemError, overloaded
from faq_component.service.schemas import checked, make_schemas


def make_api(service: FaqService) -> Blueprint:
    """Return the endpoints under ``/v1`` and ``/encode``."""
    api = Blueprint("api", __name__)
    schemas = make_schemas(service.limits, service.settings.top_k)

    def post(address: str, schema: str) -> Callable[[Callable[[dict[str, Any]], Response]], None]:
        def register(work: Callable[[dict[str, Any]], Response]) -> None:
            def view() -> Response:
                return within_deadline(service.limits.deadline, lambda: checked(schemas[schema], body()), work)

            api.add_url_rule(address, work.__name__, view, methods=["POST"])

        return register

    def body() -> Any:
        return read_json(request, service.limits.max_body)

    @post("/v1/answer", "Question")
    def answer(values: dict[str, Any]) -> Response:
        return to_json(service.answer(values["text"], values["scope"]))

    @post("/v1/recall", "Message")
    def recall(values: dict[str, Any]) -> Response:
        return to_json(service.recall(values["text"], values["after"], values["scope"], vector=values["vector"]))

    @post("/v1/search", "Search")
    def search(values: dict[str, Any]) -> Response:
        return to_json(service.search(values["text"], values["top_k"], values["scope"]))

    @post("/v1/encode", "Texts")
    def encode(values: dict[str, Any]) -> Response:
        vectors, fingerprint = _encode(service, values["texts"])
        return to_json({"vectors": vector_rows(vectors), "dim": vectors.shape[1], "encoder": fingerprint})

    @post("/encode", "BertRequest")
    def bert_encode(values: dict[str, Any]) -> Response:
        vectors, _ = _encode(service, values["texts"])
        return to_json({"id": values["id"], "results": vector_rows(vectors), "status": 200})

    _add_gets(api, service, schemas)
    return api


def _add_gets(api: Blueprint, service: FaqService, schemas: dict[str, Schema]) -> None:
    """Add the endpoints of questions to begin with, and of completion."""

    def suggest(values: dict[str, Any]) -> Response:
        return to_json(service.suggest(values["tag"], values["count"]))

    def complete(values: dict[str, Any]) -> Response:
        return to_json(service.complete(values["text"], values["tag"], values["count"]))

    for work, schema in ((suggest, "Suggest"), (complete, "Complete")):
        _add_get(api, service.limits.deadline, work, schemas[schema])


def _add_get(api: Blueprint, deadline: float, work: Callable[[dict[str, Any]], Response], schema: Schema) -> None:
    """Add an endpoint under ``/v1`` whose values are in the address: tags, and texts and numbers given once."""

    def arguments() -> dict[str, Any]:
        given: dict[str, Any] = {name: request.args.getlist(name) for name in request.args}
        single = {name: values[0] for name, values in given.items() if name != "tag" and len(values) == 1}
        return checked(schema, given | single)

    def view() -> Response:
        return within_deadline(deadline, arguments, work)

    api.add_url_rule(f"/v1/{work.__name__}", work.__name__, view, methods=["GET"])


def within_deadline(
    seconds: float, read: Callable[[], dict[str, Any]], work: Callable[[dict[str, Any]], Response]
) -> Response:
    """Read the values of a request and return the response of `work`, within `seconds` for both.

    Raises:
        ProblemError: 404, no topic has a tag of the scope; 408, the body did not arrive in time; 503, the work took too
            long.
    """
    begun = time.monotonic()
    with gevent.Timeout(seconds, ProblemError(408, f"The body did not arrive within {seconds:g} seconds.")):
        values = read()
    left = max(seconds - (time.monotonic() - begun), 0.001)
    try:
        with gevent.Timeout(left, overloaded(f"The request took longer than {seconds:g} seconds; try again later.")):
            return work(values)
    except ScopeError as error:
        raise ProblemError(404, f"The scope is wrong: {error}.") from None


def to_json(content: Any) -> Response:
    """Return a JSON response in UTF-8, Chinese unescaped."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, content_type="application/json")


def _encode(service: FaqService, texts: list[str]) -> tuple[Vectors, str]:
    try:
        return service.encode(texts)
    except EncoderError as error:
        raise ProblemError(503, f"The encoder cannot be used: {error}.") from error
