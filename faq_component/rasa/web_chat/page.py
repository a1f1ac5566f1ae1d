"""The files of the page, served by Rasa's server, so that page and socket share an origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw, redirect

from faq_component.language import _
from faq_component.rasa.channels.front import Front

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/?", re.IGNORECASE)
_SHOWN = 100  # characters of a faulty setting
_STATIC = Path(__file__).parent / "static"
# Fixed here, since systems differ in their types, and browsers run modules of this type only.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_WIDGET = "faq-chat.js"  # that pages of other sites run
# Scripts and styles from this origin only, none inline; images from anywhere, since answers may show them. Pages of
# `origins` may show this one in a frame.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'{origins}"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]


def origins_of(given: Any) -> list[str]:
    """Return the origins of the setting `origins`, as browsers write them.

    Raises:
        InvalidConfigException: one is no origin, and would break the header that names it.
    """
    listed = given if isinstance(given, list) else [given]
    for origin in listed:
        if not (isinstance(origin, str) and _ORIGIN.fullmatch(origin)):
            fault = _("'origins' has {origin}, which is no origin; write one such as https://shop.example")
            raise InvalidConfigException(
                _("credentials.yml, channel {channel}: {fault}; see docs/guides/web-chat.md.").format(
                    channel="WebChat", fault=fault.format(origin=repr(origin)[:_SHOWN])
                )
            )
    return [origin.lower().rstrip("/") for origin in listed]


class PageBlueprint(Blueprint):
    """The page under ``/chat/``, whatever prefix Rasa passes; the channel's own routes keep that prefix.

    Args:
        channel: the channel's own routes.
        origins: of the sites that may show the page in a frame.
        front: the names of this server.
    """

    def __init__(self, channel: Blueprint, origins: Sequence[str] = (), front: Front | None = None) -> None:
        super().__init__("web_chat", strict_slashes=True)
        self.ctx.channel = channel
        front = front or Front()
        self.add_route(named(front.fault, _to_page), "", methods=["GET"])
        for number, file in enumerate(path for path in sorted(_STATIC.rglob("*")) if path.suffix in TYPES):
            place = file.relative_to(_STATIC).as_posix()
            address = "/" if place == "index.html" else f"/{place}"
            self.add_route(named(front.fault, _serve(file, origins)), address, methods=["GET"], name=f"file_{number}")

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Register the channel and the page."""
        app.blueprint(self.ctx.channel, **options)
        super().register(app, {**options, "url_prefix": "/chat"})  # type: ignore[no-untyped-call]


async def _to_page(_request: Request) -> HTTPResponse:
    return redirect("/chat/")


def named(fault_of: Callable[[Request], str | None], serve: Handler) -> Handler:
    """Return a handler that serves only requests without a fault, such as a strange host."""

    async def checked(request: Request) -> HTTPResponse:
        fault = fault_of(request)
        return await serve(request) if fault is None else json({"error": fault}, 403)

    return checked


def _serve(file: Path, origins: Sequence[str]) -> Handler:
    policy = _HEADERS["Content-Security-Policy"].format(origins="".join(f" {origin}" for origin in origins))
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    if file.name == _WIDGET:  # a page that isolates itself (COEP) runs it, too
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return serve_file(file, headers)


def serve_file(file: Path, headers: Mapping[str, str]) -> Handler:
    """Return the handler of a file of `TYPES`, which is read now."""
    content, sent = file.read_bytes(), {**headers, "Content-Type": TYPES[file.suffix]}

    async def serve(_request: Request) -> HTTPResponse:
        return raw(content, headers=sent)

    return serve
