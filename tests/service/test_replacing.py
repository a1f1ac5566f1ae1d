"""Workers are replaced one after the other, and connections that wait keep nobody out."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import threading
from pathlib import Path

from faq_component.rasa.process.launch import HOST
from tests.service.faqs import settings_in
from tests.service.processes import Serving, send, wait_until


def test_a_reload_replaces_one_worker_after_the_other_and_no_request_waits_for_it(tmp_path: Path) -> None:
    settings = vars(settings_in(tmp_path))
    with Serving(tmp_path, settings, FAQ_SERVE_WORKERS="2") as service:
        old = set(service.workers())
        seen: list[set[int]] = [old]
        failed: list[int] = []
        ended = threading.Event()

        def ask() -> None:
            while not ended.is_set():
                status = send(service.port, "POST", "/v1/answer", {"text": "门票多少钱"}).status
                if status != 200:
                    failed.append(status)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            service.process.send_signal(signal.SIGHUP)

            def is_done() -> bool:
                workers = set(service.workers())
                if workers != seen[-1]:
                    seen.append(workers)
                return len(workers) == 2 and not workers & old

            wait_until(is_done)
        finally:
            ended.set()
            asking.join()
        assert not failed
        assert all(workers & old or len(workers - old) >= 2 for workers in seen)
        assert any(len(workers & old) == 1 and workers - old for workers in seen)
        log = service.log.read_text("utf-8")
        assert log.count("Booting worker") == 4


def test_connections_that_send_nothing_keep_nobody_out(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))
    settings = vars(settings_in(tmp_path))
    try:
        with Serving(tmp_path, settings, FAQ_SERVE_WORKERS="1") as service, contextlib.ExitStack() as stack:
            for number in range(1_200):  # more than the worker takes
                connection = stack.enter_context(socket.create_connection((HOST, service.port), timeout=30))
                if number % 2:
                    connection.sendall(b"POST /v1/answer HTTP/1.1\r\nHost: a\r\n")
            for _ in range(15):
                assert send(service.port, "POST", "/v1/answer", {"text": "门票多少钱"}).status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
