"""The files of the inbox's page, served by Rasa's server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faq_component.rasa.web_chat.page import TYPES, Handler, serve_file

_STATIC = Path(__file__).parent / "static"
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


def pages() -> Iterator[tuple[str, Handler]]:
    """Yield the address of each file below the page's, and its handler."""
    for file in sorted(path for path in _STATIC.iterdir() if path.suffix in TYPES):
        yield ("/" if file.name == "index.html" else f"/{file.name}"), serve_file(file, _HEADERS)
