"""Under which names REST answers, and whose address is counted."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from faq_component.handover.settings import HandoverSettings
from faq_component.rasa.channels.front import HOSTS, PROXIES, Front, client_address
from faq_component.rasa.channels.rest import Callback, Rest
from faq_component.rasa.channels.webhook import RefusalError
from faq_component.rasa.handover.desk import watch
from faq_component.rasa.handover.inbox import Inbox
from faq_component.rasa.web_chat import WebChat

BODY = {"sender": "a", "message": "hi"}


def request(
    host: str = "localhost", *, ip: str = "127.0.0.1", json: Any = None, channels: Any = (), **headers: str
) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    app = SimpleNamespace(ctx=SimpleNamespace(input_channels=channels))
    return SimpleNamespace(headers={"host": host, **named}, ip=ip, json=json, app=app)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:5005", True),
        ("127.0.0.1:5005", True),
        ("[::1]:5005", True),
        ("192.168.1.7", True),
        ("rasa:5005", True),  # a container of Docker compose
        ("rasa.bots.svc.cluster.local", True),  # a service of Kubernetes
        ("rasa.internal", True),
        ("Bot.Example", True),
        ("bot.example.", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("bot.example.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_a_public_name_must_be_listed(host: str, known: bool) -> None:
    front = Front.taken_from({"hosts": ["bot.EXAMPLE"]})
    assert (front.fault(request(host)) is None) is known


def test_the_environment_names_hosts_and_proxies_of_all_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOSTS, "bot.example, www.bot.example")
    monkeypatch.setenv(PROXIES, "10.0.0.2")
    section: dict[str, Any] = {"hosts": "more.example", "webhook_token": "x"}
    front = Front.taken_from(section)
    assert section == {"webhook_token": "x"}
    assert front == Front(frozenset({"bot.example", "www.bot.example", "more.example"}), frozenset({"10.0.0.2"}))


def test_what_is_said_of_a_strange_name_names_the_mend() -> None:
    fault = Front().fault(request("evil.example" * 50))
    assert fault is not None
    assert "FAQ_HOSTS" in fault
    assert len(fault) < 200


@pytest.mark.parametrize("kind", [Rest, Callback])
def test_rest_without_a_token_answers_under_its_own_names_only(kind: Any) -> None:
    credentials = {"url": "http://127.0.0.1:1/", "hosts": ["bot.example"]}
    channel = kind.from_credentials(credentials)
    channel.check(request("bot.example", json=BODY))
    channel.check(request("rasa:5005", json=BODY))
    with pytest.raises(RefusalError, match="is not among `hosts`") as refusal:
        channel.check(request("evil.example", json=BODY))
    assert refusal.value.status == 403


@pytest.mark.parametrize("kind", [Rest, Callback])
def test_who_has_the_token_is_no_page_of_a_stranger(kind: Any) -> None:
    channel = kind.from_credentials({"url": "http://127.0.0.1:1/", "webhook_token": "s3cret"})
    channel.check(request("bot.example", json=BODY, Authorization="Bearer s3cret"))
    with pytest.raises(RefusalError) as refusal:
        channel.check(request("bot.example", json=BODY))
    assert refusal.value.status == 401


def test_a_name_that_one_channel_has_is_one_of_the_server() -> None:
    chat = WebChat.from_credentials({"hosts": ["bot.example"]})
    assert Rest.from_credentials(None).front.fault(request("bot.example", channels=[chat])) is None
    assert Rest.from_credentials(None).front.fault(request("evil.example", channels=[chat]))


@pytest.mark.parametrize(("host", "known"), [("bot.example", True), ("localhost", True), ("evil.example", False)])
def test_the_inbox_knows_the_name_in_its_url(host: str, known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = HandoverSettings(inbox_url="https://bot.example/inbox/")
    monkeypatch.setattr(watch, "desk", SimpleNamespace(settings=settings))
    assert (Inbox.from_credentials(None)._fault(request(host)) is None) is known


@pytest.mark.parametrize(
    ("ip", "forwarded", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),  # anybody can send the header
        ("127.0.0.1", "9.9.9.9", ""),  # of a proxy that is not named all users have one address
        ("192.168.1.7", "", ""),
        ("10.0.0.2", "9.9.9.9", "9.9.9.9"),
        ("10.0.0.2", "1.1.1.1, 9.9.9.9", "9.9.9.9"),  # the proxy adds the last one
        ("10.0.0.2", "9.9.9.9, 10.0.0.3", "9.9.9.9"),
        ("10.0.0.2", "192.168.1.7", "192.168.1.7"),
        ("10.0.0.2", "", ""),
        ("10.0.0.2", "unknown", ""),
        ("2606:4700:1:2:3:4:5:6", "", "2606:4700:1:2::/64"),
    ],
)
def test_whose_address_is_counted(ip: str, forwarded: str, client: str) -> None:
    front = Front(proxies=frozenset({"10.0.0.2", "10.0.0.3"}))
    assert front.client(request(ip=ip, x_forwarded_for=forwarded)) == client


def test_a_program_with_the_token_speaks_for_many() -> None:
    async def checked(channel: Rest, **headers: str) -> str:
        channel.check(request(ip="8.8.8.8", json=BODY, **headers))
        return client_address.get()

    def address(channel: Rest, **headers: str) -> str:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, checked(channel, **headers)).result()

    assert address(Rest.from_credentials(None)) == "8.8.8.8"
    assert address(Rest.from_credentials({"webhook_token": "s"}), Authorization="Bearer s") == ""
