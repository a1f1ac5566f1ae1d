"""gunicorn's configuration: ``gunicorn --config python:faq_component.service.gunicorn_conf``. ``faq serve`` uses it.

Every figure comes from `ServiceSettings`, so from the environment; see README.md beside this file.
"""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any

from faq_component.service.settings import ServiceSettings, is_loopback

_SETTINGS = ServiceSettings.from_environment()

wsgi_app = "faq_component.service.app:application()"
worker_class = "faq_component.service.worker.FaqWorker"
bind = f"[{_SETTINGS.host}]:{_SETTINGS.port}" if ":" in _SETTINGS.host else f"{_SETTINGS.host}:{_SETTINGS.port}"
workers = _SETTINGS.workers
# More connections than requests may wait: the excess is to be refused with a sentence, not left without an answer.
worker_connections = 1_000
backlog = 2_048
timeout = max(math.ceil(_SETTINGS.stuck / 2), 3)  # after the last heartbeat, which a worker withholds in the other half
graceful_timeout = max(int(_SETTINGS.graceful), 1)
keepalive = 75  # longer than nginx keeps an idle connection to us (60), so that it never writes into one just closed
limit_request_line = 2_048
limit_request_fields = 64
limit_request_field_size = 4_096
preload_app = False  # modules are imported before the fork; sessions, threads and connections are made after it
control_socket_disable = True
errorlog = "-"
accesslog = None  # requests are counted in /metrics, questions are in the log of what was asked
loglevel = "info"
proc_name = "faq-serve"
if Path("/dev/shm").is_dir():  # noqa: S108 (heartbeats must not wait for a disk; gunicorn unlinks the file at once)
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# One thread for each computation: the libraries would otherwise start one for each processor.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, str(_SETTINGS.encoder_threads))

# Named after the master process, so that a reload keeps it and an upgrade on the fly has one of its own.
_METRICS = Path(_SETTINGS.recall().cache_dir).resolve() / f"metrics-{os.getpid()}"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_METRICS)


def on_starting(server: Any) -> None:
    """Make an empty folder for the metrics of all workers."""
    for left in _METRICS.parent.glob("metrics-*"):  # by masters that were killed
        if not Path(f"/proc/{left.name.partition('-')[2]}").exists() or left == _METRICS:
            shutil.rmtree(left, ignore_errors=True)
    _METRICS.mkdir(parents=True, mode=0o700)
    if not is_loopback(_SETTINGS.host):
        server.log.warning("Listening on %s, beyond this machine: let nginx stand before it.", _SETTINGS.host)


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what only a living worker can say."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the folder of the metrics."""
    shutil.rmtree(_METRICS, ignore_errors=True)
