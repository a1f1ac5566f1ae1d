"""The service behind a real nginx with the configuration of ``deploy/``."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.faqs import settings_in
from tests.service.processes import Nginx, Reply, Serving, send

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: Debian's package nginx")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("nginx")
    with Serving(folder, vars(settings_in(folder)), FAQ_SERVE_WORKERS="1") as running:
        yield running


@pytest.fixture
def nginx(serving: Serving, tmp_path: Path) -> Iterator[Nginx]:
    with Nginx(tmp_path, serving.port, {}) as running:
        yield running


def problem(reply: Reply, status: int) -> str:
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    content = reply.json()
    assert content["status"] == status
    detail: str = content["detail"]
    assert detail.endswith(".")
    return detail


def test_requests_and_problems_pass(nginx: Nginx) -> None:
    assert send(nginx.port, "POST", "/v1/answer", {"text": "水温多少度"}).json()["topic"] == "water"
    assert "'text' is missing" in problem(send(nginx.port, "POST", "/v1/answer", {}), 422)
    assert "/docs lists" in problem(send(nginx.port, "GET", "/nothing"), 404)
    assert send(nginx.port, "GET", "/docs").status == 200
    assert send(nginx.port, "GET", "/metrics").status == 200


def test_long_answers_are_compressed(nginx: Nginx) -> None:
    reply = send(nginx.port, "POST", "/v1/encode", {"texts": ["水温", "门票"]}, Accept_Encoding="gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(reply.body))["vectors"]) == 2


def test_a_large_body_is_refused(nginx: Nginx) -> None:
    body = b'{"text": "' + b"a" * (1 << 20) + b'"}'
    assert "too large" in problem(send(nginx.port, "POST", "/v1/answer", body), 413)


def test_too_many_requests_of_an_address_are_refused(serving: Serving, tmp_path: Path) -> None:
    with Nginx(tmp_path, serving.port, {"rate=50r/s": "rate=1r/s", "burst=100": "burst=5"}) as nginx:
        replies = [send(nginx.port, "POST", "/v1/answer", {"text": "水温多少度"}) for _ in range(30)]
        refused = [reply for reply in replies if reply.status != 200]
        assert 0 < len(refused) < 30
        for reply in refused:
            assert "Too many requests" in problem(reply, 429)
            assert reply.headers["Retry-After"] == "1"
        assert send(nginx.port, "GET", "/healthz").status == 200


def test_probes_are_counted_apart(serving: Serving, tmp_path: Path) -> None:
    with Nginx(tmp_path, serving.port, {"rate=10r/s": "rate=1r/s", "burst=20": "burst=5"}) as nginx:
        replies = [send(nginx.port, "GET", "/healthz") for _ in range(30)]
        refused = [reply for reply in replies if reply.status != 200]
        assert 0 < len(refused) < 30
        for reply in refused:
            assert "Too many requests" in problem(reply, 429)
        assert send(nginx.port, "POST", "/v1/answer", {"text": "水温多少度"}).status == 200


def test_behind_a_proxy_that_is_named_the_address_which_it_tells_counts(serving: Serving, tmp_path: Path) -> None:
    named = {"# set_real_ip_from 10.0.0.0/8": "set_real_ip_from 127.0.0.1"}
    switched_on = {f"# {name}": name for name in ("real_ip_header", "real_ip_recursive")}
    with Nginx(tmp_path, serving.port, {**named, **switched_on}) as nginx:
        assert send(nginx.port, "GET", "/metrics").status == 200
        reply = send(nginx.port, "GET", "/metrics", X_Forwarded_For="203.0.113.7")
        assert "not open to your network" in problem(reply, 403)


def test_a_service_that_is_away(tmp_path: Path) -> None:
    with Nginx(tmp_path, 1, {}) as alone:
        reply = send(alone.port, "POST", "/v1/answer", {"text": "水温"})
        assert "does not answer" in problem(reply, 503)
