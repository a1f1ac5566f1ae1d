"""Responses over a connection: head and beginning of the body arrive together, framed as gunicorn does it."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import Response

from faq_component.service.worker import JoinedResponse

_END = b"0\r\n\r\n"


def _sent(kind: Any, method: str, headers: list[tuple[str, str]], parts: list[bytes]) -> list[bytes]:
    """What arrives of a response, one entry for each send."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    request = SimpleNamespace(version=(1, 1), method=method, should_close=lambda: False)
    with ours, theirs:
        response = kind(request, ours, Config())
        response.start_response("200 OK", headers)
        for part in parts:
            response.write(part)
        response.close()
        ours.shutdown(socket.SHUT_WR)
        arrived = []
        while packet := theirs.recv(1 << 16):
            arrived.append(packet)
        return arrived


@pytest.mark.parametrize(
    ("method", "headers", "parts"),
    [
        pytest.param("POST", [("Content-Length", "5")], [b"hello"], id="a body"),
        pytest.param("POST", [("Content-Length", "10")], [b"hello", b"hello"], id="in parts"),
        pytest.param("HEAD", [("Content-Length", "5")], [b"hello"], id="HEAD"),
        pytest.param("GET", [("Content-Length", "0")], [], id="without a body"),
        pytest.param("GET", [("Content-Type", "text/plain")], [b"hel", b"lo"], id="in chunks"),
        pytest.param("GET", [("Content-Type", "text/plain")], [], id="in no chunk"),
    ],
)
def test_the_same_bytes_as_gunicorns(method: str, headers: list[tuple[str, str]], parts: list[bytes]) -> None:
    ours, theirs = (_sent(kind, method, headers, parts) for kind in (JoinedResponse, Response))
    without_date = [b"".join(sends).partition(b"Date: ")[2][29:] for sends in (ours, theirs)]
    assert without_date[0] == without_date[1]
    assert b"".join(ours).startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(ours) <= len(theirs)


def test_head_and_body_arrive_together() -> None:
    (together,) = _sent(JoinedResponse, "POST", [("Content-Length", "5")], [b"hello"])
    assert together.endswith(b"\r\n\r\nhello")
    chunks = _sent(JoinedResponse, "GET", [("Content-Type", "text/plain")], [b"hello"])
    assert chunks[-1] == _END
