"""gunicorn's configuration, which ``faq serve`` uses: ``gunicorn --config python:faq_component.service.gunicorn_conf``.

Its figures come from `ServiceSettings`, that is, from environment variables; see docs/guides/http-service.md.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
from pathlib import Path
from typing import Any

from faq_component.service.settings import ServiceSettings
from faq_component.support.clean_logs import clean_logs
from faq_component.support.files import private_folder
from faq_component.support.http_address import is_loopback
from faq_component.support.memory import share_memory

_SETTINGS = ServiceSettings.from_environment()

clean_logs()
share_memory()  # the master's setting, which its workers inherit

wsgi_app = "faq_component.service.app:application()"
worker_class = "faq_component.service.worker.FaqWorker"
bind = f"[{_SETTINGS.host}]:{_SETTINGS.port}" if ":" in _SETTINGS.host else f"{_SETTINGS.host}:{_SETTINGS.port}"
workers = _SETTINGS.workers
# More connections than may queue: further requests must get a 503 with its reason, not silence.
worker_connections = 1_000
backlog = 2_048
timeout = max(math.ceil(_SETTINGS.stuck / 2), 3)  # from the last heartbeat; a stuck worker stops them at `stuck` / 2
graceful_timeout = max(int(_SETTINGS.graceful), 1)
keepalive = 75  # longer than nginx's 60 s, so that nginx never writes into a connection that we just closed
limit_request_line = 8_190
limit_request_fields = 64
limit_request_field_size = 4_096
preload_app = False  # imports happen before the fork; sessions, threads and connections are created after it
control_socket_disable = True
errorlog = "-"
accesslog = None  # /metrics counts requests, the usage log has the questions
loglevel = "info"
proc_name = "faq-serve"
if Path("/dev/shm").is_dir():  # noqa: S108 (heartbeats must not wait for a disk; gunicorn unlinks the file at once)
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# Numeric libraries start one thread per processor by default, for every computation.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, str(_SETTINGS.encoder_threads))

# Named after the master process: a reload keeps the folder, a new master (SIGUSR2) gets its own.
_METRICS = Path(_SETTINGS.assistant_settings().cache_dir).resolve() / f"metrics-{os.getpid()}"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_METRICS)


def on_starting(server: Any) -> None:
    """Create an empty folder for the metrics of all workers."""
    for left in _METRICS.parent.glob("metrics-*"):  # left by killed masters
        if not Path(f"/proc/{left.name.partition('-')[2]}").exists() or left == _METRICS:
            shutil.rmtree(left, ignore_errors=True)
    with contextlib.suppress(OSError):  # a full disk: metrics do without
        private_folder(_METRICS)
    if not is_loopback(_SETTINGS.host):
        server.log.warning("Listening on %s, beyond this machine: put nginx in front.", _SETTINGS.host)


def child_exit(_server: Any, worker: Any) -> None:
    """Drop the gauges of a worker that has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the folder of metrics."""
    shutil.rmtree(_METRICS, ignore_errors=True)
