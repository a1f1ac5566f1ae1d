"""Keys of texts in forms: a page shows control characters, so a text does not come back from it as it is."""

from __future__ import annotations

import hashlib


def text_key(text: str) -> str:
    """Return the key of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
