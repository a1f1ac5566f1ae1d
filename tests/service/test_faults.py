"""Whatever is sent, the answer is a problem with one sentence, found before anything is computed."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.service.conftest import Open, service_of

JSON = "application/json"
POSTS = ("/v1/answer", "/v1/search", "/v1/encode", "/encode")
MIB = 1 << 20


def problem(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    content = answer.get_json()
    assert content["status"] == status
    assert content["title"]
    detail: str = content["detail"]
    assert detail.endswith(".")
    assert "\n" not in detail
    assert len(detail) < 400
    return detail


@pytest.mark.parametrize(
    ("address", "body", "status", "detail"),
    [
        ("/v1/answer", {}, 422, "'text' is missing; it must be a text of 1 to 1000 characters."),
        ("/v1/answer", {"text": 5}, 422, "'text' must be a text of 1 to 1000 characters."),
        ("/v1/answer", {"text": None}, 422, "'text' must be a text of 1 to 1000 characters."),
        ("/v1/answer", {"text": ""}, 422, "'text' must be a text of 1 to 1000 characters."),
        ("/v1/answer", {"text": "问" * 1_001}, 422, "'text' must be a text of 1 to 1000 characters."),
        ("/v1/answer", {"text": "\ud800"}, 422, "'text' contains a lone surrogate, which is not a character."),
        ("/v1/answer", {"txt": "问"}, 422, "'txt' is unknown; the fields are text, scope."),
        ("/v1/answer", {"\n": "问"}, 422, "'\\n' is unknown; the fields are text, scope."),
        ("/v1/answer", ["问"], 422, 'The body must be a JSON object, such as {"text": "..."}.'),
        ("/v1/search", {"text": "问", "top_k": 0}, 422, "'top_k' must be a whole number from 1 to 100."),
        ("/v1/search", {"text": "问", "top_k": 10**30}, 422, "'top_k' must be a whole number from 1 to 100."),
        ("/v1/search", {"text": "问", "top_k": "5"}, 422, "'top_k' must be a whole number from 1 to 100."),
        ("/v1/search", {"text": "问", "top_k": True}, 422, "'top_k' must be a whole number from 1 to 100."),
        ("/v1/search", {"text": "问", "top_k": 1.5}, 422, "'top_k' must be a whole number from 1 to 100."),
        ("/v1/encode", {"texts": []}, 422, "'texts' must be a list of 1 to 64 texts."),
        ("/v1/encode", {"texts": "问"}, 422, "'texts' must be a list of 1 to 64 texts."),
        ("/v1/encode", {"texts": ["问"] * 65}, 422, "'texts' must be a list of 1 to 64 texts."),
        ("/v1/encode", {"texts": ["问", 7]}, 422, "'texts[1]' must be a text of 1 to 1000 characters."),
        ("/encode", {"texts": ["问"]}, 422, "'id' is missing; it must be a whole number or a text of at most 200"),
        ("/encode", {"id": 1.5, "texts": ["问"]}, 422, "'id' must be a whole number or a text of at most 200"),
        (
            "/encode",
            {"id": 1, "texts": ["问"], "is_tokenized": True},
            422,
            "'is_tokenized' must be false: send texts, not tokens.",
        ),
    ],
)
def test_values_that_cannot_be(client: FlaskClient, address: str, body: Any, status: int, detail: str) -> None:
    assert problem(client.post(address, data=json.dumps(body), content_type=JSON), status).startswith(detail)


@pytest.mark.parametrize(
    ("data", "headers", "status", "detail"),
    [
        (b"{", {}, 400, "The body is not JSON:"),
        (b"", {}, 400, "The body is not JSON:"),
        (b'{"text": NaN}', {}, 400, "The body is not JSON: NaN is not a number in JSON."),
        (b'{"text": "\xff"}', {}, 400, "The body is not UTF-8."),
        (b"[" * 200_000, {}, 400, "The body is nested too deeply."),
        (b'{"text":' * 20_000, {}, 400, "The body is nested too deeply."),
        (b"9" * 200_000, {}, 400, "The body is not JSON"),
        (b'{"text": "1"}', {"Content-Type": "text/plain"}, 415, "The body must be JSON;"),
        (b"text=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "The body must be JSON;"),
        (b'{"text": "1"}', {"Content-Type": "application/json; charset=gbk"}, 415, "The body must be UTF-8, not gbk."),
        (zlib.compress(b" " * MIB), {"Content-Encoding": "deflate"}, 415, "The body must not be compressed;"),
        (zlib.compress(b" " * MIB), {"Content-Encoding": "gzip, br"}, 415, "The body must not be compressed;"),
        (b'{"text": "' + b"a" * MIB + b'"}', {}, 413, "The body is too large; the limit is 262144 bytes."),
    ],
)
def test_bodies_that_cannot_be(
    client: FlaskClient, data: bytes, headers: dict[str, str], status: int, detail: str
) -> None:
    for address in POSTS:
        answer = client.post(address, data=data, headers={"Content-Type": JSON, **headers})
        assert problem(answer, status).startswith(detail)


def test_addresses_and_methods_that_are_not(client: FlaskClient) -> None:
    assert "/docs lists" in problem(client.get("/v2/answer"), 404)
    answer = client.get("/v1/answer")
    problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_fault_of_ours_tells_nothing_of_it(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(service_of(client), "search", fail)
    detail = problem(client.post("/v1/search", json={"text": "水温"}), 500)
    assert "secret" not in detail


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b'{"text": "' + b"a" * MIB + b'"}', {}),
        (b'{"text": "' + b"\\u4e00" * 40_000 + b'"}', {}),
        (b'{"a":' * 50_000, {}),
        (b'{"texts": [' + b'"",' * 80_000 + b'""]}', {}),
        (b'{"text": [' + b"[]," * 80_000 + b"[]]}", {}),
        (zlib.compress(b"0" * (64 * MIB)), {"Content-Encoding": "deflate"}),
    ],
    ids=["1 MB text", "escapes", "deep", "many texts", "many lists", "deflate bomb"],
)
def test_what_is_refused_takes_less_than_20_megabytes(
    client: FlaskClient, data: bytes, headers: dict[str, str]
) -> None:
    client.post("/v1/answer", json={"text": "水温"})
    for address in POSTS:
        tracemalloc.start()
        answer = client.post(address, data=data, headers={"Content-Type": JSON, **headers})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 400 <= answer.status_code < 500
        assert peak < 20 * MIB


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = (
    st.binary(max_size=200)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {}, optional={"text": VALUES, "texts": VALUES, "top_k": VALUES, "id": VALUES, "is_tokenized": VALUES}
    ).map(lambda value: json.dumps(value).encode())
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=st.sampled_from(POSTS), body=BODIES)
def test_any_body_is_answered_or_refused_with_a_sentence(client: FlaskClient, address: str, body: bytes) -> None:
    answer = client.post(address, data=body, content_type=JSON)
    if answer.status_code != 200:
        assert answer.status_code in (400, 422)
        problem(answer, answer.status_code)


def test_limits_are_settings(open_client: Open) -> None:
    client = open_client(max_text=3, max_batch=2, max_body=1_024)
    assert "1 to 3 characters" in problem(client.post("/v1/answer", json={"text": "门票多少"}), 422)
    assert "1 to 2 texts" in problem(client.post("/v1/encode", json={"texts": ["门", "票", "多"]}), 422)
    assert "1024 bytes" in problem(client.post("/v1/answer", json={"text": "门" * 1_000}), 413)
