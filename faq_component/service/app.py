"""The Flask application."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

from faq_component.service.admin import make_admin
from faq_component.service.api import make_api
from faq_component.service.faq_service import FaqService
from faq_component.service.openapi import make_docs
from faq_component.service.problems import register_problems, response_of
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings
from faq_component.support.files import locked_where_possible

EXTENSION = "faq"


def create_app(settings: Settings, limits: ServiceSettings) -> Flask:
    """Return an application with its own `FaqService`, in ``app.extensions["faq"]``.

    Raises:
        FaqError: the knowledge base, the encoder or a setting cannot be used.
    """
    app = Flask(__name__, static_folder=None)
    with locked_where_possible(Path(settings.cache_dir) / "load.lock"):  # one process encodes, the others reuse
        service = FaqService(settings, limits)
    app.extensions[EXTENSION] = service
    register_problems(app)
    _count_requests(app, service)
    for blueprint in (make_api(service), make_admin(service), make_docs(limits, settings.top_k)):
        app.register_blueprint(blueprint)
    app.wsgi_app = LoadShedder(app.wsgi_app, service)  # type: ignore[method-assign]
    return app


class LoadShedder:
    """WSGI middleware that refuses requests while the queue is full, before Flask parses them.

    Under heavy overload, time spent on refusals is lost to answers.
    """

    def __init__(self, app: WSGIApplication, service: FaqService) -> None:
        self._app, self._pool = app, service.pool

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request (WSGI)."""
        computes = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(("/v1/", "/encode"))
        if computes and self._pool.is_full:
            return response_of(self._pool.refuse())(environ, start_response)
        return self._app(environ, start_response)


def application() -> Flask:
    """Return the application for gunicorn, with settings from the environment."""
    limits = ServiceSettings.from_environment()
    return create_app(limits.assistant_settings(), limits)


def _count_requests(app: Flask, service: FaqService) -> None:
    metrics = service.metrics

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        metrics.in_progress.inc()

    @app.after_request
    def end(response: Response) -> Response:
        endpoint = request.url_rule.rule if request.url_rule else "none"
        metrics.answered(endpoint, str(response.status_code)).inc()
        metrics.stage("request", time.perf_counter() - g.begun)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        metrics.in_progress.dec()
