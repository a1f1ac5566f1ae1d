"""Comparison of secrets: tokens, signatures and ids of sessions."""

from __future__ import annotations

import hmac
from typing import Any


def same_secret(given: Any, secret: str) -> bool:
    """Whether a value that somebody sent equals a secret, compared in constant time; what is no text does not."""
    return isinstance(given, str) and hmac.compare_digest(_bytes(given), _bytes(secret))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # what a peer sends may hold half a surrogate pair
