"""Admission, deadlines, operation and settings."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from flask.testing import FlaskClient

from faq_component.errors import SettingsError
from faq_component.service.metrics import Metrics
from faq_component.service.pool import BURST_SECONDS, ComputePool
from faq_component.service.problems import ProblemError
from faq_component.service.settings import TOKEN as VARIABLE
from faq_component.service.settings import ServiceSettings
from tests.assistant.test_live import wait_until
from tests.pool import TOPICS
from tests.service.conftest import Open, service_of
from tests.service.faqs import TOKEN, write_faq

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return Metrics(str(tmp_path))


def test_the_pool_computes_in_a_thread_and_refuses_what_exceeds_it(metrics: Metrics) -> None:
    pool = ComputePool(1, 2, metrics)
    goes_on = threading.Event()
    computing = [gevent.spawn(pool.run, lambda: goes_on.wait(20)) for _ in range(3)]
    gevent.sleep(0)
    assert pool.admitted == 3
    with pytest.raises(ProblemError, match="The service is overloaded") as raised:
        pool.run(int)
    assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "1"})
    assert b"faq_refused_total 1.0" in metrics.page()
    goes_on.set()
    gevent.joinall(computing)
    assert [greenlet.value for greenlet in computing] == [True] * 3
    assert pool.admitted == 0
    assert pool.run(threading.get_ident) != threading.get_ident()
    assert pool.run(int, weight=100) == 0  # nothing waits: it is taken whatever it weighs


def test_one_heavy_request_that_is_computed_refuses_nobody(metrics: Metrics) -> None:
    """A long message, with as many clauses as the queue may hold, while a second user asks something short."""
    pool = ComputePool(1, 4, metrics)
    begun, goes_on = threading.Event(), threading.Event()

    def compute() -> bool:
        begun.set()
        return goes_on.wait(20)

    heavy = gevent.spawn(pool.run, compute, weight=6)
    gevent.sleep(0)
    wait_until(begun.is_set)
    pool._empty_at = -math.inf  # however long it has been computed
    short = gevent.spawn(pool.run, lambda: "answer")
    gevent.sleep(0)
    assert pool.admitted == 2
    goes_on.set()
    gevent.joinall([heavy, short])
    assert (heavy.value, short.value) == (True, "answer")


def test_a_burst_may_wait_but_not_what_keeps_coming(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("faq_component.service.pool.time.monotonic", lambda: clock[0])
    pool = ComputePool(1, 2, metrics, burst=5)
    goes_on = threading.Event()

    def ask(count: int) -> list[gevent.Greenlet]:
        asked = [gevent.spawn(pool.run, lambda: goes_on.wait(20)) for _ in range(count)]
        gevent.sleep(0)
        return asked

    burst = ask(1 + 5)
    assert pool.admitted == 6
    assert pool.is_full
    for asked in burst[3:]:
        asked.kill()
    assert not pool.is_full
    clock[0] = BURST_SECONDS + 0.01  # all the while something has waited: this is no burst
    assert pool.admitted == 3
    assert pool.is_full
    goes_on.set()
    gevent.joinall(burst)
    goes_on.clear()
    later = ask(1 + 5)
    assert pool.admitted == 6
    goes_on.set()
    gevent.joinall(later)


def test_the_settings_bound_what_waits(open_client: Open) -> None:
    pool = service_of(open_client(max_waiting=2, max_burst=3)).pool
    goes_on = threading.Event()
    asked = [gevent.spawn(pool.run, lambda: goes_on.wait(20)) for _ in range(1 + 3)]
    gevent.sleep(0)
    assert pool.admitted == 4
    assert pool.is_full
    asked.pop().kill()
    assert not pool.is_full
    goes_on.set()
    gevent.joinall(asked)


def test_what_has_waited_too_long_is_not_computed(metrics: Metrics) -> None:
    pool = ComputePool(1, 5, metrics)
    goes_on, done = threading.Event(), []
    first = gevent.spawn(pool.run, lambda: goes_on.wait(20))
    gevent.sleep(0)
    with gevent.Timeout(0.05, False):
        pool.run(lambda: done.append("computed"))
    assert pool.admitted == 1
    goes_on.set()
    first.join()
    assert pool.run(lambda: "next") == "next"
    assert not done


def test_an_error_of_a_computation_is_raised_and_leaves_the_pool_well(metrics: Metrics) -> None:
    pool = ComputePool(1, 0, metrics)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            pool.run(lambda: 1 / 0)
    assert pool.admitted == 0
    assert not pool.is_stuck(0)


def test_a_computation_that_does_not_end(open_client: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    client = open_client(deadline=0.1)
    service = service_of(client)
    goes_on = threading.Event()
    monkeypatch.setattr(service.assistant, "decide", lambda *_, **__: goes_on.wait(20))
    answer = client.post("/v1/answer", json={"text": "水温"})
    assert answer.status_code == 503
    assert answer.get_json()["detail"] == "The request took longer than 0.1 seconds; try again later."
    assert answer.headers["Retry-After"] == "1"
    wait_until(lambda: service.pool.is_stuck(0.1))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    goes_on.set()
    wait_until(lambda: not service.pool.is_stuck(0.0))
    assert client.get("/readyz").get_json()["status"] == "ok"


def test_admin_needs_the_token(client: FlaskClient, open_client: Open) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer é"},
    ):
        for method, address in (("POST", "/admin/reload"), ("GET", "/admin/status")):
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/admin/status", headers=BEARER).status_code == 200
    off = open_client(token=None).get("/admin/status", headers=BEARER)
    assert off.status_code == 403
    assert VARIABLE in off.get_json()["detail"]


def test_reload_takes_in_an_edit_here_and_in_other_processes(open_client: Open, tmp_path: Path) -> None:
    one, other = open_client(), open_client()
    version = service_of(one).live.current.faq.version
    write_faq(tmp_path, {**TOPICS, "淋浴": {"id": "shower", "post": ["有淋浴吗"], "resp": ["有。"]}})
    state = one.post("/admin/reload", headers=BEARER).get_json()
    assert (state["edited"], state["topics"], state["faults"]) == (True, 11, [])
    assert state["version"] != version
    wait_until(lambda: service_of(other).live.current.faq.version == state["version"])
    wait_until(lambda: service_of(one).live.current.fitted and service_of(other).live.current.fitted)
    status = one.get("/admin/status", headers=BEARER).get_json()
    assert {process["version"] for process in status["processes"]} == {state["version"]}
    assert len(status["processes"]) == 2


def test_a_faulty_edit_is_told_and_changes_nothing(client: FlaskClient, tmp_path: Path) -> None:
    write_faq(tmp_path, {"淋浴": {"post": [], "resp": ["有。"]}})
    state = client.post("/admin/reload", headers=BEARER).get_json()
    assert not state["edited"]
    assert "'post' is an empty list" in state["faults"][0]
    assert client.post("/v1/answer", json={"text": "水温多少度"}).get_json()["topic"] == "water"
    assert 'faq_faults{process="serve-' in client.get("/metrics").get_data(as_text=True)


def test_metrics_count_requests_stages_decisions_and_name_the_version(client: FlaskClient) -> None:
    client.post("/v1/answer", json={"text": "水温多少度"})
    client.post("/v1/answer", json={})
    client.get("/nothing/here")
    page = client.get("/metrics").get_data(as_text=True)
    version = service_of(client).live.current.faq.version
    for line in (
        'faq_requests_total{endpoint="/v1/answer",status="200"} 1.0',
        'faq_requests_total{endpoint="/v1/answer",status="422"} 1.0',
        'faq_requests_total{endpoint="none",status="404"} 1.0',
        'faq_decisions_total{outcome="answer"} 1.0',
        'faq_stage_seconds_count{stage="recall"} 1.0',
        'faq_stage_seconds_count{stage="decide"} 1.0',
        'faq_stage_seconds_count{stage="wait"} 1.0',
        'faq_stage_seconds_count{stage="cache"} 1.0',
        "faq_in_work 1.0",
    ):
        assert line in page.splitlines()
    assert f'version="{version}"}} 10.0' in page


def test_settings_come_from_the_environment_and_go_back(tmp_path: Path) -> None:
    given = {"FAQ_SERVE_PORT": "9000", "FAQ_SERVE_CACHE": "off", "FAQ_SERVE_DEADLINE": "1.5", "FAQ_SERVE_HOST": ""}
    read = ServiceSettings.from_environment({**given, VARIABLE: TOKEN})
    assert read == ServiceSettings(port=9_000, cache=False, deadline=1.5, token=TOKEN)
    assert ServiceSettings.from_environment({**read.environment(), VARIABLE: TOKEN}) == read
    assert TOKEN not in str(read.environment()) + repr(read)
    assert ServiceSettings.from_environment(given, {"port": 9_001, "host": None}).port == 9_001
    with pytest.raises(SettingsError, match=r"^FAQ_SERVE_PORT is 0"):
        ServiceSettings.from_environment({"FAQ_SERVE_PORT": "0"}, {"port": None})
    settings = replace(read, faq=str(tmp_path), encoder_threads=3).assistant_settings()
    assert (settings.faq, settings.threads) == (str(tmp_path), 3)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FAQ_SERVE_PORT": "web"}, "FAQ_SERVE_PORT is 'web'; it must be a whole number"),
        ({"FAQ_SERVE_PORT": "0"}, "FAQ_SERVE_PORT is 0; it must be between 1 and 65535"),
        ({"FAQ_SERVE_STUCK": "4"}, "FAQ_SERVE_STUCK is 4.0; it must be between 5.0 and 3600.0"),
        ({"FAQ_SERVE_CACHE": "maybe"}, "FAQ_SERVE_CACHE is 'maybe'; it must be true or false"),
        ({"FAQ_SERVE_DEADLINE": "nan"}, "must be between"),
        ({"FAQ_SERVE_HOST": "0.0.0.0"}, "beyond this machine, without a token"),  # noqa: S104
        ({"FAQ_SERVE_HOST": "::"}, "beyond this machine, without a token"),
        ({"FAQ_SERVE_HOST": "example.org"}, "beyond this machine, without a token"),
        ({VARIABLE: "short"}, "FAQ_TOKEN has 5 characters; it needs 16 or more"),
    ],
)
def test_settings_that_cannot_be(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ServiceSettings.from_environment(environment)


@pytest.mark.parametrize(("stuck", "timeout"), [("5", "3"), ("31", "16")])
def test_the_master_waits_for_half_of_stuck_and_never_less_than_three_heartbeats(stuck: str, timeout: str) -> None:
    command = [sys.executable, "-c", "from faq_component.service import gunicorn_conf as read; print(read.timeout)"]
    environment = {**os.environ, "FAQ_SERVE_STUCK": stuck}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{timeout}\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_hosts_of_this_machine_need_no_token(host: str) -> None:
    assert ServiceSettings(host=host).token is None
