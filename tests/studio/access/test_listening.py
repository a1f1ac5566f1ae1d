"""Names and origins under which the studio answers, and the proxy that is believed."""

from __future__ import annotations

from typing import Any

import pytest

from faq_component.errors import SettingsError
from faq_component.studio.access.listening import Listening, listening

PROXIED = listening(8090, public_urls=["https://faq.example.com"], proxies=["10.0.0.1", "10.1.0.0/16", "::1"])


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8090", True),
        ("localhost", True),
        ("[::1]:8090", True),
        ("faq.example.com", True),
        ("FAQ.example.com:443", True),
        ("evil.example", False),
        ("faq.example.com.evil.example", False),
        ("faq.example.com@evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_a_name_is_its_own_or_not(host: str, own: bool) -> None:
    assert PROXIED.is_own_name(host) is own


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://faq.example.com", True),
        ("http://127.0.0.1:8090", True),
        ("http://faq.example.com", False),
        ("https://faq.example.com:444", False),
        ("https://faq.example.com.evil.example", False),
        ("http://127.0.0.1:9999", False),
        ("null", False),
        ("", False),
        ("file://127.0.0.1:8090", False),
        ("http://[", False),
    ],
)
def test_an_origin_is_its_own_or_not(origin: str, own: bool) -> None:
    assert PROXIED.is_own_origin(origin, "127.0.0.1:8090") is own


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "8.8.8.8", "203.0.113.9"),  # no proxy: anybody can write the header
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("10.0.0.1", "6.6.6.6, 8.8.8.8", "8.8.8.8"),  # what came before the proxy is the client's claim
        ("10.0.0.1", "8.8.8.8, 10.1.2.3", "8.8.8.8"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8, nonsense", "10.0.0.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.1", "8.8.8.8", "8.8.8.8"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(peer: str, forwarded: str, client: str) -> None:
    assert PROXIED.client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("place", "host", "secure"),
    [
        (Listening(8090), "127.0.0.1:8090", False),
        (PROXIED, "faq.example.com", True),
        (PROXIED, "127.0.0.1:8090", True),  # a proxy that does not pass the name on
        (listening(8090, public_urls=["https://a.example", "http://b.example"]), "b.example", False),
        (listening(8090, public_urls=["https://a.example"]), "127.0.0.1:8090", False),
    ],
)
def test_a_cookie_is_for_https_where_browsers_use_it(place: Listening, host: str, secure: bool) -> None:
    assert place.is_secure(host) is secure


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"host": "0.0.0.0"}, "--public-url"),  # noqa: S104
        ({"host": "faq.example.com"}, "--host"),
        ({"public_urls": ["faq.example.com"]}, "--public-url"),
        ({"public_urls": ["ftp://faq.example.com"]}, "--public-url"),
        ({"public_urls": ["https://faq.example.com/studio"]}, "--public-url"),
        ({"public_urls": ["https://user@faq.example.com"]}, "--public-url"),
        ({"public_urls": ["https://faq.example.com:port"]}, "--public-url"),
        ({"proxies": ["nginx"]}, "--proxy-address"),
        ({"proxies": ["10.0.0.1/8"]}, "--proxy-address"),
        ({"header": "X-Forwarded-User"}, "--proxy-address"),
    ],
)
def test_a_wrong_flag_is_named_in_one_sentence(values: dict[str, Any], flag: str) -> None:
    with pytest.raises(SettingsError, match=flag):
        listening(8090, **values)


def test_only_loopback_without_a_proxy_is_for_this_machine_alone() -> None:
    assert Listening(8090).is_local
    assert listening(8090, host="::1").is_local
    assert not PROXIED.is_local
    assert not listening(8090, host="192.168.1.5").is_loopback
