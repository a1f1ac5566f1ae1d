"""Where the studio listens, by which names it is called, and which proxy is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.studio.access.roles import Role

LOOPBACK = "127.0.0.1"
_OWN_NAMES = frozenset(("127.0.0.1", "localhost", "::1"))

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Listening:
    """Where the studio is reached, and by whom a person may be vouched for.

    Args:
        port: on which it listens.
        host: address on which it listens.
        public_urls: addresses at which browsers open it: scheme and host, with a port where they show one.
        proxies: networks of the proxies whose `X-Forwarded-For` is believed.
        header: in which these proxies name the person who is signed in; empty where they do not.
        unknown: role of people whom a proxy names and who have no account; None refuses them.
    """

    port: int
    host: str = LOOPBACK
    public_urls: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    header: str = ""
    unknown: Role | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it directly."""
        return self.host in _OWN_NAMES or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def is_local(self) -> bool:
        """Whether it is for the people of this machine: no other address and no proxy lead to it."""
        return self.is_loopback and not self.public_urls and not self.proxies

    def is_own_name(self, host: str) -> bool:
        """Whether a request's header `Host` names the studio."""
        public = {_split(url).hostname for url in self.public_urls}
        return (_split(f"//{host}").hostname or "") in {*_OWN_NAMES, self.host, *public}

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether a request's header `Origin` names a page of the studio: that of its `Host`, or a public address."""
        given = _split(origin)
        if given.scheme not in ("http", "https"):
            return False
        public = {(url.scheme, url.netloc.lower()) for url in map(_split, self.public_urls)}
        return given.netloc.lower() == host.lower() or (given.scheme, given.netloc.lower()) in public

    def is_secure(self, host: str) -> bool:
        """Whether browsers reach it by https under a request's `Host`, or behind a proxy that does not pass it on."""
        urls = [url for url in map(_split, self.public_urls) if url.hostname == _split(f"//{host}").hostname]
        return any(url.scheme == "https" for url in urls or (map(_split, self.public_urls) if self.proxies else ()))

    def is_proxy(self, address: str) -> bool:
        """Whether an address is a proxy's."""
        return _is_address(address) and any(_plain(address) in network for network in self.proxies)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the address that a request comes from: the last one of `X-Forwarded-For` that is not a proxy's.

        Args:
            peer: whose connection it is.
            forwarded: the header, which counts only where a proxy sent it.
        """
        chain = [*(one.strip() for one in forwarded.split(",")), peer]
        while len(chain) > 1 and self.is_proxy(chain[-1]) and _is_address(chain[-2]):
            chain.pop()
        return chain[-1]

    def address(self, host: str) -> str:
        """Return the address at which people open the studio, for links to give to others."""
        return self.public_urls[0] if self.public_urls else f"http://{host}"


def listening(
    port: int,
    *,
    host: str = LOOPBACK,
    public_urls: Sequence[str] = (),
    proxies: Sequence[str] = (),
    header: str = "",
    unknown: Role | None = None,
) -> Listening:
    """Return where the studio listens, from what the flags say.

    Raises:
        SettingsError: a value is malformed, or one is missing that another takes.
    """
    if not _is_address(host) and host not in _OWN_NAMES:
        raise SettingsError(_("--host takes an IP address of this machine, not “{host}”.").format(host=host))
    if header and not proxies:
        raise SettingsError(_("--proxy-header takes --proxy-address: which machine's header is to be believed."))
    place = Listening(port, host, tuple(map(_origin, public_urls)), tuple(map(_network, proxies)), header, unknown)
    if _is_address(host) and ipaddress.ip_address(host).is_unspecified and not public_urls:
        raise SettingsError(
            _("--host {host} takes --public-url: the address at which people open the studio.").format(host=host)
        )
    return place


def _origin(url: str) -> str:
    split = _split(url.rstrip("/"))
    if split.scheme not in ("http", "https") or not split.hostname or split.path or split.query or split.username:
        raise SettingsError(
            _("--public-url takes an address such as https://faq.example.com, not “{url}”.").format(url=url)
        )
    return f"{split.scheme}://{split.netloc.lower()}"


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise SettingsError(
            _("--proxy-address takes an IP address or a network such as 10.0.0.0/24, not “{text}”.").format(text=text)
        ) from error


def _split(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        _checked = split.port, split.hostname
    except ValueError:  # a bracket that is not closed, a port that is no number
        return urlsplit("")
    return split


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    parsed = ipaddress.ip_address(address)
    return (isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped) or parsed
