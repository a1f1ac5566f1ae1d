"""The addresses of those who run the service: is it well, what has it done, take in an edit now."""

from __future__ import annotations

import contextlib
import hmac
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

_LOOK_SECONDS = 1.0


def make_admin(service: FaqService) -> Blueprint:
    """The addresses of operation; those under ``/admin`` need the token."""
    admin = Blueprint("admin", __name__)
    reloading = Reloading(service)

    @admin.get("/healthz")
    def health() -> Response:
        return to_json({"status": "ok"})

    @admin.get("/readyz")
    def ready() -> Response:
        """It is ready when no computation hangs: a process listens only after the FAQ is loaded."""
        if service.pool.is_stuck(service.limits.deadline):
            raise overloaded(f"A computation has gone on for more than {service.limits.deadline:g} seconds.")
        return to_json({"status": "ok", "version": service.live.current.faq.version})

    @admin.get("/metrics")
    def metrics() -> Response:
        return Response(service.metrics.page(), content_type=CONTENT_TYPE_LATEST)

    @admin.post("/admin/reload")
    def reload() -> Response:
        _require_token(service.limits.token)
        reloading.ask_others()
        # Not in the pool: an edit may bring much to encode, and questions are answered meanwhile.
        with gevent.Timeout(
            service.limits.deadline, overloaded("The edit takes long; /admin/status shows when it is in.")
        ):
            edited = gevent.get_hub().threadpool.apply(service.live.refresh)
        return to_json({"edited": edited, **_state(service)})

    @admin.get("/admin/status")
    def status() -> Response:
        _require_token(service.limits.token)
        others = [vars(item) for item in read_statuses(service.settings.cache_dir) if item.process == PROCESS]
        return to_json({**_state(service), "pid": os.getpid(), "cache": service.cache.kind, "processes": others})

    return admin


class Reloading:
    """Lets the process that is told to reload tell the others, by the time of a file.

    Only needed where they do not look for edits by themselves.
    """

    def __init__(self, service: FaqService) -> None:
        self._live = service.live
        self._file = Path(service.settings.cache_dir) / "reload"
        self._looks = not service.settings.reload_seconds
        self._seen = self._time()
        if self._looks:
            follow(self, Reloading.look, _LOOK_SECONDS)

    def ask_others(self) -> None:
        """Ask them, where they need to be."""
        if self._looks:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()

    def look(self) -> None:
        """Look for an edit if this was asked for since the last look, and fit the confidence on it."""
        asked = self._time()
        if asked != self._seen:
            self._seen = asked
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
    """Raises `ProblemError` where the request does not bear the token, or there is none to bear."""
    if token is None:
        raise ProblemError(403, f"/admin is switched off: the service was started without {TOKEN} in its environment.")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise ProblemError(
            401,
            "This needs the header Authorization: Bearer, and the service's token after it.",
            {"WWW-Authenticate": "Bearer"},
        )
