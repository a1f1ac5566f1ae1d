"""``faq serve``: the web service."""

from __future__ import annotations

import argparse
import importlib.util
import os
from typing import Any

from faq_component.cli.console import add_settings_flags, say
from faq_component.errors import MissingExtraError
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.rasa.process.launch import require_free_port

_INHERITED = "GUNICORN_FD"  # gunicorn sets it where a new master takes over the port of an old one (SIGUSR2)
_PACKAGES = {
    "flask": "flask",
    "gunicorn": "gunicorn",
    "gevent": "gevent",
    "cachetools": "cachetools",
    "prometheus_client": "prometheus-client",
    "apispec": "apispec",
    "marshmallow": "marshmallow",
    "redis": "redis",
    "swagger_ui_bundle": "swagger-ui-bundle",
}


def add_commands(commands: Any) -> None:
    """Register the command."""
    serve = commands.add_parser("serve", help=_("answer, search and encode over HTTP (docs/guides/http-service.md)"))
    serve.add_argument("--host", help=_("address to listen on (default 127.0.0.1; beyond this machine set FAQ_TOKEN)"))
    serve.add_argument("--port", type=int, help=_("port to listen on (default 8080)"))
    serve.add_argument("--workers", type=int, help=_("processes (default 2)"))
    serve.add_argument("--threads", type=int, help=_("threads of each process that compute (default 1)"))
    add_settings_flags(serve, threads=False)
    serve.set_defaults(run=_serve, config=None)  # what the environment says is not overridden by a default


def _serve(arguments: argparse.Namespace) -> int:
    """Become gunicorn's master process."""
    for module, package in _PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(package, "serve")
    from faq_component.service.settings import ServiceSettings

    names = ("host", "port", "workers", "threads", "config", "faq", "encoder", "retriever")
    service = ServiceSettings.from_environment(flags={name: getattr(arguments, name) for name in names})
    open_store(service.assistant_settings().faq).load()
    if _INHERITED not in os.environ:
        require_free_port(service.port, _("the service"))
    say(f"http://{service.host}:{service.port}/docs")
    os.environ.update(service.environment())
    from faq_component.service.gunicorn_app import FaqApplication

    FaqApplication().run()
    return 0
