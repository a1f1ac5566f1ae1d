"""A full disk under `cache_dir` takes neither the metrics nor the service down."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.faqs import settings_in
from tests.service.processes import Serving, send, wait_until
from tests.small_disk import fill, make_room, small_disk

_COUNT = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
from faq_component.service.metrics import Metrics
metrics = Metrics(sys.argv[1])
for number in range(3000):
    metrics.requests.labels(f"/{number}", "200").inc()
    metrics.stage("wait", 0.1)
print(metrics.page().count(b"faq_requests_total{"))
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    with small_disk(tmp_path / "small", 8) as folder:
        yield folder


def test_metrics_without_room_are_kept_in_memory(disk: Path) -> None:
    fill(disk)
    done = subprocess.run([sys.executable, "-c", _COUNT, disk], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
    assert done.stderr.count("There is no room for metrics") == 1
    make_room(disk)
    with (disk / "filling").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 8 * 1024 * 1024 - 300 * 1024)
    done = subprocess.run([sys.executable, "-c", _COUNT, disk], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout) < 3000


def test_metrics_with_room_are_all_counted(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _COUNT, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "3000", "")


def test_the_service_answers_while_the_disk_is_full_and_replaces_workers(disk: Path, tmp_path: Path) -> None:
    settings = vars(settings_in(tmp_path, cache_dir=str(disk / ".faq")))
    with Serving(tmp_path, settings, FAQ_SERVE_WORKERS="2") as service:
        fill(disk)
        workers = service.workers()
        for worker in workers:
            os.kill(worker, 9)
        wait_until(lambda: len(set(service.workers()) - set(workers)) == 2)
        wait_until(lambda: _answers(service.port))
        assert all(_answers(service.port) for _ in range(20))
        assert service.process.poll() is None
        assert send(service.port, "GET", "/metrics").status == 200


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return send(port, "POST", "/v1/answer", {"text": "门票多少钱"}).status == 200
    return False
