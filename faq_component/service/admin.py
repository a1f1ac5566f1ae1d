"""The endpoints for operators: health, metrics, status and reload."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import gevent
from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST

from faq_component.knowledge.following import follow
from faq_component.knowledge.status import read_statuses
from faq_component.service.api import to_json
from faq_component.service.faq_service import PROCESS, FaqService
from faq_component.service.problems import ProblemError, overloaded
from faq_component.service.settings import TOKEN
from faq_component.support.files import private_folder
from faq_component.support.secret import same_secret

_CHECK_SECONDS = 1.0


def make_admin(service: FaqService) -> Blueprint:
    """Return the endpoints for operators; those under ``/admin`` require the token."""
    admin = Blueprint("admin", __name__)
    reload_signal = ReloadSignal(service)

    @admin.get("/healthz")
    def health() -> Response:
        return to_json({"status": "ok"})

    @admin.get("/readyz")
    def ready() -> Response:
        """Report readiness: no computation hangs. A process listens only after the FAQ is loaded."""
        if service.pool.is_stuck(service.limits.deadline):
            raise overloaded(f"A computation has been running for more than {service.limits.deadline:g} seconds.")
        return to_json({"status": "ok", "version": service.live.current.faq.version})

    @admin.get("/metrics")
    def metrics() -> Response:
        return Response(service.metrics.page(), content_type=CONTENT_TYPE_LATEST)

    @admin.post("/admin/reload")
    def reload() -> Response:
        _require_token(service.limits.token)
        reload_signal.send()
        # Outside the pool: encoding an edit may take long, and questions are answered meanwhile.
        with gevent.Timeout(
            service.limits.deadline, overloaded("Loading the edit takes long; /admin/status shows when it is done.")
        ):
            edited = gevent.get_hub().threadpool.apply(service.live.refresh)
        return to_json({"edited": edited, **_state(service)})

    @admin.get("/admin/status")
    def status() -> Response:
        _require_token(service.limits.token)
        others = [vars(item) for item in read_statuses(service.settings.cache_dir) if item.process == PROCESS]
        return to_json({**_state(service), "pid": os.getpid(), "cache": service.cache.kind, "processes": others})

    return admin


class ReloadSignal:
    """Pass a reload on to the other processes, through the modification time of a file.

    It works only where processes do not check for edits themselves (`reload_seconds: 0`).
    """

    def __init__(self, service: FaqService) -> None:
        self._live = service.live
        self._file = Path(service.settings.cache_dir) / "reload"
        self._enabled = not service.settings.reload_seconds
        self._seen = self._time()
        if self._enabled:
            follow(self, ReloadSignal.check, _CHECK_SECONDS)

    def send(self) -> None:
        """Touch the file."""
        if self._enabled:
            private_folder(self._file.parent)
            self._file.touch(mode=0o600)

    def check(self) -> None:
        """Load an edit and refit the confidence, if the file was touched since the last check."""
        touched = self._time()
        if touched != self._seen:
            self._seen = touched
            self._live.refresh()
            self._live.refit()

    def _time(self) -> int:
        with contextlib.suppress(OSError):
            return self._file.stat().st_mtime_ns
        return 0


def _state(service: FaqService) -> dict[str, Any]:
    faq = service.live.current.faq
    return {"version": faq.version, "topics": len(faq.topics), "faults": list(service.live.faults)}


def _require_token(token: str | None) -> None:
    """Raise `ProblemError` 401 if the request lacks the token, 403 if the service has none."""
    if token is None:
        raise ProblemError(403, f"/admin is off: the service was started without {TOKEN} in its environment.")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not same_secret(given.strip(), token):
        raise ProblemError(
            401,
            "This requires the header `Authorization: Bearer <token>` with the service's token.",
            {"WWW-Authenticate": "Bearer"},
        )
