"""HTTP addresses."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from faq_component.language import _


def split_address(url: str, what: str) -> SplitResult:
    """Split an address; errors never repeat a whole one, since it may contain a password or token.

    Raises:
        ValueError: it is not an HTTP address, or has a user, query or fragment; `what` names it in the message.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        (parts.hostname or "").encode("idna")
        parts.port  # noqa: B018 (raises where the port is no number)
    except ValueError as error:
        raise ValueError(_("{what} is no URL; its host or port cannot be read").format(what=what)) from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(_("{what} has a user name, password, query or fragment; it must have none").format(what=what))
    if not known:
        message = (
            _("{what} is no URL; it must begin with http:// or https:// and a host")
            if "@" in url
            else _("{what} is '{url}'; it must begin with http:// or https:// and a host")
        )
        raise ValueError(message.format(what=what, url=url))
    return parts


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
