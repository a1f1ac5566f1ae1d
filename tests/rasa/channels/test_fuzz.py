"""Malformed requests, a hundred to each server: refused or closed, and a good one is answered after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.fuzz import CHANNELS, actions_target, faults_of, malformed, rasa_target, service_target
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
