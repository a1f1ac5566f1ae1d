"""How requests reach this server: the names that it has, and the proxies before it.

A stranger's page can rebind a name of its own to this machine and is of the same origin then: a browser on this
machine or in its network would let it talk to the bot. Such a name is a public one. Names without a dot, as those of
containers, and those that no one can register are of this network.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sanic.request import Request

HOSTS, PROXIES = "FAQ_HOSTS", "FAQ_PROXIES"
_PRIVATE = ("localhost", "local", "internal", "svc", "test", "home.arpa")  # endings that nobody can register
_SHOWN = 100  # characters of a name
_IPV6_PREFIX = 64  # bits, which one customer has

# The address of the client of the current message, where it can be told; empty otherwise.
client_address: ContextVar[str] = ContextVar("client_address", default="")


@dataclass(frozen=True)
class Front:
    """Names of this server and addresses of its proxies.

    Args:
        hosts: names in lower case, beside those of its own network.
        proxies: addresses whose ``X-Forwarded-Host`` and ``X-Forwarded-For`` count.
    """

    hosts: frozenset[str] = frozenset()
    proxies: frozenset[str] = frozenset()

    @classmethod
    def taken_from(cls, section: dict[str, Any]) -> Front:
        """Take `hosts` and `proxies` out of a channel's section; those of the environment are added."""
        hosts, proxies = (
            [*_listed(section.pop(name, None)), *os.environ.get(variable, "").replace(",", " ").split()]
            for name, variable in (("hosts", HOSTS), ("proxies", PROXIES))
        )
        return cls(frozenset(host.lower() for host in hosts), frozenset(proxies))

    def host(self, request: Request) -> str:
        """Return the name and port under which the user sees this server."""
        forwarded = request.headers.get("x-forwarded-host") if request.ip in self.proxies else None
        return str(forwarded or request.headers.get("host", "")).lower()

    def fault(self, request: Request) -> str | None:
        """Describe the fault of a request's name; None where it is one of this server."""
        try:
            name = (urlsplit(f"//{self.host(request)}").hostname or "").rstrip(".")
        except ValueError:  # brackets that hold no address
            name = ""
        if name and (
            name in self._hosts_of_all(request) or "." not in name or name.endswith(_ENDINGS) or _address(name)
        ):
            return None
        return f"the host '{name[:_SHOWN]}' is not among `hosts`; name it there or in {HOSTS}"

    def _hosts_of_all(self, request: Request) -> frozenset[str]:
        """Return the names that any channel of the server has been given: they are names of the same server."""
        context = getattr(getattr(request, "app", None), "ctx", None)
        fronts = [getattr(channel, "front", None) for channel in getattr(context, "input_channels", None) or ()]
        return self.hosts.union(*(front.hosts for front in fronts if isinstance(front, Front)))

    def client(self, request: Request) -> str:
        """Return the address of the client; empty where it is that of a proxy that nobody has named."""
        known = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
        for given in reversed(known if request.ip in self.proxies else [request.ip]):
            address = _address(given or "")
            if given not in self.proxies:
                is_told = address is not None and (request.ip in self.proxies or address.is_global)
                return _of_customer(given) if is_told else ""
        return ""


_ENDINGS = tuple(f".{ending}" for ending in _PRIVATE)


def _listed(given: Any) -> Iterable[str]:
    return [given] if isinstance(given, str) else [str(item) for item in given or []]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address in digits, which no page can rebind."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _of_customer(address: str) -> str:
    found = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False)) if found.version == 6 else address
