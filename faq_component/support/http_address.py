"""HTTP addresses in settings."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_address(url: str, what: str) -> SplitResult:
    """Split an address; errors never repeat a whole one, since it may contain a password or token.

    Raises:
        ValueError: it is not an HTTP address, or has a user, query or fragment; `what` names it in the message.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        (parts.hostname or "").encode("idna")
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"{what} is no URL; its host or port cannot be read") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(f"{what} has a user name, password, query or fragment; it must have none")
    if not known:
        shown = "no URL" if "@" in url else f"'{url}'"
        raise ValueError(f"{what} is {shown}; it must begin with http:// or https:// and a host")
    return parts
