"""Answers of the studio that are no pages."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response


def download(content: bytes, kind: str, name: str) -> Response:
    """Return a file that the browser saves under a name.

    Args:
        content: of the file.
        kind: its media type.
        name: in any script.
    """
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer
