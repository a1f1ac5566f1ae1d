"""The remote encoder against a real HTTP server, and against everything that can be wrong with one."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from faq_component.encoders.remote import RemoteEncoder
from faq_component.errors import EncoderError
from tests.fakes import CharacterEncoder

Answer = Callable[[dict[str, Any]], Any]


def right(request: dict[str, Any]) -> dict[str, Any]:
    assert request["is_tokenized"] is False
    vectors = 3.0 * CharacterEncoder().encode(request["texts"])  # a server need not give unit vectors
    return {"id": request["id"], "results": vectors.tolist(), "status": 200}


class Server(ThreadingHTTPServer):
    """Answers as it is told to; counts connections."""

    answer: Answer = staticmethod(right)
    connections = 0
    drop_next = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.drop_next:
            self.server.drop_next = False
            self.close_connection = True
            return
        answer = self.server.answer(request)
        status = 500 if answer == "HTTP 500" else 302 if answer == "redirect" else 200
        body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        assert self.path == "/encode"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/other")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def test_it_gives_the_vectors_of_the_server_as_unit_rows(server: Server) -> None:
    texts = ["晚安", "怎么退货", "😀", ""] * 40
    encoder = RemoteEncoder(server.url + "/", batch=7)
    np.testing.assert_allclose(encoder.encode(texts), CharacterEncoder().encode(texts), atol=1e-6)
    assert encoder.dim == 64
    assert encoder.encode([]).shape == (0, 64)
    assert server.connections == 1  # kept open
    raw = RemoteEncoder(server.url, unit_length=False).encode(["晚安"])
    assert np.linalg.norm(raw) == pytest.approx(3.0, abs=1e-5)


def test_another_model_behind_the_same_address_has_another_fingerprint(server: Server) -> None:
    first = RemoteEncoder(server.url)
    assert RemoteEncoder(server.url).fingerprint == first.fingerprint
    server.answer = lambda request: {**right(request), "results": [[1.0, 2.0]] * len(request["texts"])}
    assert RemoteEncoder(server.url).fingerprint != first.fingerprint


def test_several_threads_share_an_encoder(server: Server) -> None:
    encoder = RemoteEncoder(server.url)
    texts = [f"第{number}句" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda text: encoder.encode([text])[0], texts))
    np.testing.assert_allclose(vectors, CharacterEncoder().encode(texts), atol=1e-6)


def test_a_dropped_connection_is_tried_once_more(server: Server) -> None:
    encoder = RemoteEncoder(server.url)
    server.drop_next = True
    assert encoder.encode(["晚安"]).shape == (1, 64)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: "HTTP 500", "answered with HTTP status 500"),
        (lambda request: "redirect", "answered with HTTP status 302"),
        (lambda request: "{", "answer is not JSON"),
        (lambda request: [1], r"answered with status \[1\] in place of 200"),
        (lambda request: {**right(request), "status": 404}, "answered with status 404 in place of 200"),
        (lambda request: {**right(request), "id": -1}, r"answered request -1, asked was \d"),
        (lambda request: {**right(request), "results": []}, r"have shape \(0,\), expected are 1 rows of 64"),
        (lambda request: {**right(request), "results": [[1.0]]}, r"have shape \(1, 1\), expected are 1 rows of 64"),
        (lambda request: {**right(request), "results": [["a"] * 64]}, "are not rows of numbers"),
        (lambda request: {**right(request), "results": [[1], [1, 2]]}, "are not rows of numbers"),
        (lambda request: {**right(request), "results": [[float("nan")] * 64]}, "zero or not finite"),
        (lambda request: {**right(request), "results": [[0.0] * 64]}, "zero or not finite"),
        (lambda request: {**right(request), "results": [[None] * 64]}, "zero or not finite"),
        (lambda request: {**right(request), "results": [[10**400] * 64]}, "are not rows of numbers"),
        (lambda request: "[" * 200_000, "answer is not JSON"),
    ],
)
def test_every_fault_of_a_server_is_one_sentence(server: Server, answer: Answer, message: str) -> None:
    encoder = RemoteEncoder(server.url)
    server.answer = answer
    with pytest.raises(EncoderError, match=message):
        encoder.encode(["晚安"])
    server.answer = right
    assert encoder.encode(["晚安"]).shape == (1, 64)  # and it goes on when the server is well again


def test_a_server_that_hangs(server: Server) -> None:
    def slow(request: dict[str, Any]) -> Any:
        time.sleep(1.0)
        return right(request)

    encoder = RemoteEncoder(server.url, timeout=0.2)
    server.answer = slow
    with pytest.raises(EncoderError, match=r"did not answer within 0\.2 s"):
        encoder.encode(["晚安"])


def test_the_form_that_the_server_of_bert_as_service_writes(server: Server) -> None:
    """It says `result`, though its documentation says `results`."""
    expected = RemoteEncoder(server.url).encode(["晚安"])

    def answer(request: dict[str, Any]) -> Any:
        whole = right(request)
        return {"id": whole["id"], "result": whole["results"], "status": 200}

    server.answer = answer
    np.testing.assert_array_equal(RemoteEncoder(server.url).encode(["晚安"]), expected)


def test_very_long_vectors_become_unit_rows_too(server: Server) -> None:
    server.answer = lambda request: {**right(request), "results": [[1e30, 0.0]] * len(request["texts"])}
    np.testing.assert_allclose(RemoteEncoder(server.url).encode(["晚安"]), [[1.0, 0.0]])
    server.answer = lambda request: {**right(request), "results": [[1e39, 0.0]] * len(request["texts"])}
    with pytest.raises(EncoderError, match="zero or not finite"):
        RemoteEncoder(server.url, unit_length=False)


def test_a_server_that_keeps_no_connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.0")
    encoder = RemoteEncoder(server.url)
    np.testing.assert_allclose(encoder.encode(["晚安"]), CharacterEncoder().encode(["晚安"]), atol=1e-6)
    assert server.connections == 2


def test_a_server_that_answers_drop_by_drop(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def post(handler: Handler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(200)
        handler.send_header("Content-Length", "30")
        handler.end_headers()
        with contextlib.suppress(OSError):  # the client has gone
            for _ in range(30):
                handler.wfile.write(b" ")
                time.sleep(0.1)

    monkeypatch.setattr(Handler, "do_POST", post)
    begun = time.monotonic()
    with pytest.raises(EncoderError, match=r"did not answer within 0\.3 s"):
        RemoteEncoder(server.url, timeout=0.3)
    assert time.monotonic() - begun < 1.0


def test_an_answer_that_breaks_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def post(handler: Handler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(200)
        handler.send_header("Content-Length", "300")
        handler.end_headers()
        handler.wfile.write(b"{}")
        handler.close_connection = True

    monkeypatch.setattr(Handler, "do_POST", post)
    with pytest.raises(EncoderError, match="is not whole HTTP"):
        RemoteEncoder(server.url)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_forked_processes_do_not_share_a_connection(server: Server) -> None:
    """A server that forks after loading: workers that wrote into one socket would read each other's vectors."""
    encoder = RemoteEncoder(server.url)
    before = server.connections
    child = os.fork()
    if not child:
        try:
            fits = np.allclose(encoder.encode(["退货"]), CharacterEncoder().encode(["退货"]), atol=1e-5)
            os._exit(0 if fits else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert server.connections == before + 1
    encoder.encode(["晚安"])
    assert server.connections == before + 1  # the parent's own is as it was


@pytest.mark.parametrize(
    "url",
    [
        "http://user:geheim@host",
        "http://geheim@host",
        "user:geheim@host:8080",
        "http://host/?token=geheim",
        "http://host/#geheim",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(EncoderError, match="it must") as raised:
        RemoteEncoder(url)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://host:99999", "http://host:abc", "http://[::1", "http://a..b/"])
def test_hosts_and_ports_that_cannot_be(url: str) -> None:
    with pytest.raises(EncoderError, match="host or port cannot be read"):
        RemoteEncoder(url)


def test_a_closed_port() -> None:
    with pytest.raises(EncoderError, match="cannot be reached"):
        RemoteEncoder("http://127.0.0.1:1")


@pytest.mark.parametrize("url", ["ftp://host", "localhost:8125", "http://", "file:///etc/passwd"])
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(EncoderError, match="it must begin with http:// or https:// and a host"):
        RemoteEncoder(url)
