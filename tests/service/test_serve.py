"""A real ``faq serve``: gunicorn, its workers, and what happens to them."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.assistant.build_encoders import build_encoder
from faq_component.encoders.remote import RemoteEncoder
from faq_component.knowledge.checking import load_faq
from faq_component.rasa.process.launch import HOST
from faq_component.settings import Settings
from tests.pool import TOPICS
from tests.servers import free_port
from tests.service.faqs import TOKEN, settings_in, write_faq
from tests.service.processes import Serving, send, wait_until

MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    """A service over the small knowledge base, with the shipped encoder and a confidence that is fitted."""
    settings = settings_in(folder, retriever="hybrid", reload_seconds=0.2)
    fitted = {"answer_threshold", "clarify_threshold", "margin"}
    values = {key: value for key, value in vars(settings).items() if key not in fitted}
    with Serving(folder, values) as running:
        yield running


def ask(serving: Serving, text: str) -> dict[str, Any]:
    reply = send(serving.port, "POST", "/v1/answer", {"text": text})
    assert reply.status == 200
    said: dict[str, Any] = reply.json()
    return said


def versions(serving: Serving) -> set[str]:
    """The processes that have an FAQ."""
    page = send(serving.port, "GET", "/metrics").body.decode()
    return set(re.findall(r'faq_version\{process="serve-(\d+)"', page)) & set(map(str, serving.workers()))


def test_it_answers_and_counts_over_its_processes(serving: Serving) -> None:
    for _ in range(12):
        assert ask(serving, "水温多少度")["topic"] == "water"
    wait_until(lambda: len(versions(serving)) == 2)
    page = send(serving.port, "GET", "/metrics").body.decode()
    counted = re.search(r'faq_requests_total\{endpoint="/v1/answer",status="200"\} (\S+)', page)
    assert counted
    assert float(counted[1]) >= 12


def test_the_remote_encoder_takes_its_vectors(serving: Serving) -> None:
    texts = [f"第{number}次游泳" for number in range(150)]
    expected = build_encoder(Settings()).encode(texts)
    np.testing.assert_allclose(RemoteEncoder(serving.url).encode(texts), expected, atol=1e-5)


def test_an_edit_is_live_in_every_process(serving: Serving, folder: Path) -> None:
    file = write_faq(folder, {**TOPICS, "淋浴": {"id": "shower", "post": ["有热水淋浴吗"], "resp": ["有。"]}})
    wanted = load_faq(file).version
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    def is_live_everywhere() -> bool:
        status = send(serving.port, "GET", "/admin/status", **bearer).json()
        return {status["version"], *(process["version"] for process in status["processes"])} == {wanted}

    wait_until(is_live_everywhere)
    assert all(ask(serving, "有热水淋浴吗")["topic"] == "shower" for _ in range(8))


def test_bodies_are_refused_over_the_wire_and_the_memory_stays(serving: Serving) -> None:
    bomb = zlib.compress(b"0" * (64 * MIB))
    sent = [
        (b'{"text": "' + b"a" * MIB + b'"}', {}, 413),
        (b"[" * 200_000, {}, 400),
        (b'{"texts": [' + b'"",' * 80_000 + b'""]}', {}, 422),
        (bomb, {"Content_Encoding": "deflate"}, 415),
    ]
    workers = serving.workers()
    grown = []  # in each round: the refit after the last test's edit, too, takes memory
    for _ in range(3):
        before = [serving.memory(pid) for pid in workers]
        for body, headers, status in sent:
            for connection in ("keep-alive", "close"):
                reply = send(serving.port, "POST", "/v1/answer", body, Connection=connection, **headers)
                assert reply.status == status
                assert reply.headers["Content-Type"] == "application/problem+json"
        grown.append(max(serving.memory(pid) - memory for pid, memory in zip(workers, before, strict=True)))
    assert min(grown) < 20 * MIB


def test_a_body_in_chunks_is_limited_too(serving: Serving) -> None:
    with socket.create_connection((HOST, serving.port), timeout=30) as connection:
        head = "POST /v1/answer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        chunks = b"".join(b"10000\r\n" + b"a" * 65_536 + b"\r\n" for _ in range(5))
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        assert b"413" in connection.recv(10_000)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"NONSENSE", 400), (b"GET /" + b"a" * 9_000 + b" HTTP/1.1", 414), (b"GET / HTTP/7.7", 400)],
    ids=["no request", "long address", "unknown version"],
)
def test_what_is_no_http_is_a_problem_too(serving: Serving, request_line: bytes, status: int) -> None:
    with socket.create_connection((HOST, serving.port), timeout=30) as connection:
        connection.sendall(request_line + b"\r\nHost: x\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.read())["status"] == status


def test_a_slow_sender_holds_up_nobody(serving: Serving) -> None:
    head = "POST /v1/answer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    slow = [socket.create_connection((HOST, serving.port), timeout=30) for _ in range(50)]
    for connection in slow:
        connection.sendall(head.encode())
    assert ask(serving, "水温多少度")["topic"] == "water"
    for connection in slow:
        assert connection.recv(1_000).startswith(b"HTTP/1.1 408")
        connection.close()


def test_a_killed_worker_is_replaced_while_questions_are_answered(serving: Serving) -> None:
    wait_until(lambda: len(versions(serving)) == 2)
    before = serving.workers()
    stop, asked = threading.Event(), itertools.count()

    def go_on_asking(_: int) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        while not stop.is_set():
            try:
                reply = send(serving.port, "POST", "/v1/answer", {"text": f"水温是{next(asked)}度"})
                outcomes[str(reply.status)] += 1
            except OSError:
                outcomes["failed"] += 1
        return outcomes

    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(go_on_asking, number) for number in range(4)]
        try:
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: len(versions(serving)) == 2 and before[0] not in serving.workers())
            wait_until(lambda: next(asked) > 60)
        finally:
            stop.set()
        outcomes = sum((client.result() for client in asking), Counter())
    assert set(outcomes) <= {"200", "failed"}
    assert outcomes["failed"] <= 4  # what was in work in the process that was killed
    assert outcomes["200"] > 40


def test_a_reload_replaces_the_workers_and_fails_nobody(serving: Serving) -> None:
    wait_until(lambda: len(versions(serving)) == 2)
    before = set(serving.workers())
    serving.process.send_signal(signal.SIGHUP)
    asked = 0
    while before & set(serving.workers()):
        assert ask(serving, "水温多少度")["topic"] == "water"
        asked += 1
        assert asked < 20_000
    wait_until(lambda: len(versions(serving)) == 2)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGHUP])
def test_a_faulty_faq_ends_nobody_that_is_replaced(sign: signal.Signals, serving: Serving, folder: Path) -> None:
    wait_until(lambda: len(versions(serving)) == 2)
    before = serving.workers()
    file = folder / "pool.json"
    good = file.read_bytes()
    file.write_text('{"水温": {"post": [], "resp": ["常年28度。"]}}', "utf-8")
    try:
        if sign == signal.SIGHUP:
            serving.process.send_signal(sign)
        else:
            os.kill(before[0], sign)
        wait_until(lambda: len(versions(serving)) == 2 and before[0] not in serving.workers())
        assert ask(serving, "水温多少度")["topic"] == "water"
    finally:
        file.write_bytes(good)
    assert serving.process.poll() is None


def test_overload_is_refused_and_the_rest_answered_and_a_stuck_worker_is_replaced(folder: Path) -> None:
    (folder / "overload").mkdir()
    settings = vars(settings_in(folder / "overload", retriever="hybrid"))
    limits = {"FAQ_SERVE_WORKERS": "1", "FAQ_SERVE_MAX_WAITING": "4", "FAQ_SERVE_CACHE": "false"}
    limits |= {"FAQ_SERVE_MAX_BURST": "4", "FAQ_SERVE_STUCK": "6"}
    with Serving(folder / "overload", settings, **limits) as serving:
        texts = [f"第{number}个问题，" + "水温多少度" * 40 for number in range(64)]

        def encode(number: int) -> int:
            reply = send(serving.port, "POST", "/v1/encode", {"texts": [f"{number}{text}" for text in texts]})
            if reply.status == 503:
                assert reply.headers["Retry-After"] == "1"
                assert reply.json()["detail"].startswith("The service is overloaded")
            return reply.status

        with ThreadPoolExecutor(24) as clients:
            statuses = Counter(clients.map(encode, range(48)))
        assert set(statuses) == {200, 503}
        assert ask(serving, "水温多少度")["topic"] == "water"
        page = send(serving.port, "GET", "/metrics").body.decode()
        assert f"faq_refused_total {float(statuses[503])}" in page
        (stuck,) = serving.workers()
        os.kill(stuck, signal.SIGSTOP)  # as if its loop stood still
        wait_until(lambda: stuck not in serving.workers())
        assert ask(serving, "水温多少度")["topic"] == "water"


def test_the_examples_of_the_pages_work(tmp_path: Path) -> None:
    """On the demo FAQ, with curl, as a reader would."""
    page = Path("docs/guides/http-service.md").read_text("utf-8")
    texts = (page, Path("docs/guides/http-service.zh.md").read_text("utf-8"))
    each = [[line for line in text.splitlines() if line.startswith("curl ")] for text in texts]
    assert list(map(len, each)) == [11, 4]
    examples = dict.fromkeys(example for listed in each for example in listed)
    with Serving(tmp_path, {"log": "none"}) as serving:
        for example in examples:
            command = example.split("   #")[0].replace("http://127.0.0.1:8080", serving.url)
            words = shlex.split(command.replace("$FAQ_TOKEN", TOKEN))
            done = subprocess.run([*words, "--fail"], capture_output=True, check=True)
            if "/v1/answer" in command:
                (shown,) = re.findall(r"```json\n(.*)\n```", page)
                said, printed = json.loads(done.stdout), json.loads(shown)
                assert set(said) == set(printed)
                fixed = ("outcome", "confidence", "topic", "title", "choices")
                assert [said[key] for key in fixed] == [printed[key] for key in fixed]
            if "/v1/search" in command:
                assert len(json.loads(done.stdout)["hits"]) == 3
        for pid in serving.workers():
            assert serving.memory(pid) < 250 * MIB


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--host", "0.0.0.0"], "beyond this machine, without a token"),  # noqa: S104
        (["--port", "70000"], "--port is 70000; it must be between 1 and 65535"),
        (["--faq", "nothing/here"], "nothing/here"),
    ],
)
def test_what_cannot_be_started_is_one_sentence(flags: list[str], message: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "FAQ_TOKEN"}
    command = [sys.executable, "-m", "faq_component.cli", "serve", "--port", str(free_port()), *flags]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
