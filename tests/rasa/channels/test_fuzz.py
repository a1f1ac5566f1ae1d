"""Malformed requests, a hundred to each server: refused or closed, and a good one is answered after them."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import fuzz
from benchmarks.fuzz import CHANNELS, actions_target, ask, faults_of, malformed, rasa_target, service_target
from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.posting import ChannelsBot
from tests.service.processes import Serving

COUNT = 100


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("serving"), {}) as running:
        yield running


def test_requests_are_the_same_at_each_run() -> None:
    target = rasa_target(0, CHANNELS)
    assert malformed(target, 7)[1].content() == malformed(target, 7)[1].content()
    assert len({malformed(target, number)[1].content() for number in range(COUNT)}) > COUNT * 0.9


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], 400),
        ([b"HTTP/1.1", b" 40", b"0 Bad Request\r\n\r\n"], 400),
        ([b"HTTP/1.1"], 0),
        ([b"HTTP/1.1 what is it"], 0),
        ([], 0),
    ],
)
def test_the_status_is_read_however_it_arrives(parts: list[bytes], status: int) -> None:
    with socket.create_server((HOST, 0)) as server, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, server.getsockname()[1], b"GET / HTTP/1.1\r\n\r\n")
        with server.accept()[0] as connection:
            connection.recv(100)
            for part in parts:
                connection.sendall(part)
                time.sleep(0.05)  # so that they arrive apart
        assert asked.result() == status


def test_a_server_that_hangs_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "_SECONDS", 0.2)
    monkeypatch.setattr(fuzz, "_SOON_SECONDS", 0.1)
    outcomes: Counter[str] = Counter()
    with socket.create_server((HOST, 0)) as server:  # accepts, and says nothing
        assert len(list(faults_of(rasa_target(server.getsockname()[1], CHANNELS), 3, outcomes))) == 3
    assert outcomes == {"hanging": 3}


def test_rasa_with_all_channels(channels: ChannelsBot) -> None:
    outcomes: Counter[str] = Counter()
    assert list(faults_of(rasa_target(channels.port, CHANNELS), COUNT, outcomes)) == []
    assert outcomes["refused"] > COUNT / 2


def test_the_action_server(channels: ChannelsBot) -> None:
    assert list(faults_of(actions_target(channels.actions_port), COUNT, Counter())) == []


def test_the_service(service: Serving) -> None:
    outcomes: Counter[str] = Counter()
    assert list(faults_of(service_target(service.port), COUNT, outcomes)) == []
    assert outcomes["refused"] > COUNT / 2
