"""The files of the inbox's page, served by Rasa's server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, raw

_STATIC = Path(__file__).parent / "static"
# Fixed here, since systems differ in their types, and browsers run modules of this type only.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Scripts and styles from this origin only, none inline; no page may frame it.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]


def pages() -> Iterator[tuple[str, Handler]]:
    """Yield the address of each file below the page's, and its handler."""
    for file in sorted(path for path in _STATIC.iterdir() if path.suffix in _TYPES):
        yield ("/" if file.name == "index.html" else f"/{file.name}"), _serve(file)


def _serve(file: Path) -> Handler:
    content, headers = file.read_bytes(), {**_HEADERS, "Content-Type": _TYPES[file.suffix]}

    async def serve(_: Request) -> HTTPResponse:
        return raw(content, headers=headers)

    return serve
