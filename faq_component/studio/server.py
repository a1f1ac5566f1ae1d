"""The server of the studio: threads of one process, in which the assistant and the sessions are."""

from __future__ import annotations

from typing import Any

from flask import Flask
from waitress.server import create_server

_THREADS = 4


def make_server(app: Flask, host: str, port: int) -> Any:
    """Return a server that listens, with ``run()`` and ``close()``."""
    # A proxy's headers are kept: `Listening` decides whose are believed.
    return create_server(app, host=host, port=port, threads=_THREADS, ident=None, clear_untrusted_proxy_headers=False)
