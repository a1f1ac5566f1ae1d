"""The files of the page, served by Rasa's server, so that page and socket share an origin."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw, redirect

_STATIC = Path(__file__).parent / "static"
# Fixed here, since systems differ in their types, and browsers run modules of this type only.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Scripts and styles from this origin only, none inline; images from anywhere, since answers may show them.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageBlueprint(Blueprint):
    """The page under ``/chat/``, whatever prefix Rasa passes; the channel's own routes keep that prefix."""

    def __init__(self, channel: Blueprint) -> None:
        super().__init__("web_chat", strict_slashes=True)
        self.ctx.channel = channel
        self.add_route(_to_page, "", methods=["GET"])
        for number, file in enumerate(path for path in sorted(_STATIC.rglob("*")) if path.suffix in _TYPES):
            place = file.relative_to(_STATIC).as_posix()
            address = "/" if place == "index.html" else f"/{place}"
            self.add_route(_serve(file), address, methods=["GET"], name=f"file_{number}")

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Register the channel and the page."""
        app.blueprint(self.ctx.channel, **options)
        super().register(app, {**options, "url_prefix": "/chat"})  # type: ignore[no-untyped-call]


async def _to_page(_: Request) -> HTTPResponse:
    return redirect("/chat/")


def _serve(file: Path) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    content, headers = file.read_bytes(), {**_HEADERS, "Content-Type": _TYPES[file.suffix]}

    async def serve(_: Request) -> HTTPResponse:
        return raw(content, headers=headers)

    return serve
