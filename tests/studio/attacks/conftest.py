"""A studio with hostile texts wherever people can write."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from faq_component.knowledge.responses import response_from_json
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.roles import Role
from faq_component.studio.access.sessions import Session
from faq_component.studio.app import create_app
from faq_component.studio.server import make_server
from faq_component.studio.workbench import Workbench, digest
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from tests.servers import free_port
from tests.studio.conftest import pool_workbench

# Markup, attributes, addresses, templates, and an end of the line, of the header and of the text.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>\"' onmouseover=alert(4) autofocus "
    "onfocus=alert(5) {{ 7 * 191 }} {% raw %} </textarea></title><iframe srcdoc='<script>alert(6)</script>'>"
)
LINK = "javascript:alert(7)"
ANSWER = {
    "text": f"{HOSTILE} [link]({LINK})",
    "image": LINK,
    "buttons": [{"title": HOSTILE, "payload": LINK, "url": LINK}, {"title": "b", "type": "web_url", "url": LINK}],
}


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with pool_workbench(tmp_path_factory.mktemp("attacks")) as made:
        topic = made.faq.by_id["card"]
        options = replace(topic.options, tags=(HOSTILE, "tag"), negatives=(f"not {HOSTILE}",))
        posts, responses = (*topic.posts, HOSTILE, LINK), (HOSTILE, response_from_json(ANSWER))
        new = replace(topic, title=f"card {HOSTILE}", posts=posts, responses=responses, options=options)
        made.change("card", digest(topic), new, who=HOSTILE, what=HOSTILE)
        made.audit(HOSTILE, who=HOSTILE, text=HOSTILE, links=[LINK])
        events = [
            Event(Kind.DECISION, outcome, text=f"{number} {HOSTILE}", topic="card", confidence=0.5, channel=HOSTILE)
            for number in range(3)
            for outcome in ("answer", "reject", "clarify")
        ]
        rated = [Event(Kind.FEEDBACK, "useless", text=HOSTILE, topic="card", conversation="a", channel=HOSTILE)]
        UsageLog(made.settings.log).append([*events, *rated])
        yield made


@pytest.fixture(scope="module")
def access(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Access:
    accounts = Accounts(tmp_path_factory.mktemp("accounts") / "accounts.sqlite")
    accounts.add(HOSTILE[:60].replace(",", ""), Role.EDITOR)
    return Access(Listening(free_port()), accounts, "li")


class Site:
    """A running studio, and an administrator in it.

    Args:
        workbench: that it works on.
        access: to it.
    """

    def __init__(self, workbench: Workbench, access: Access) -> None:
        self.workbench = workbench
        self.access = access
        self.address = f"http://127.0.0.1:{access.listening.port}"
        self.app = create_app(workbench, access)
        self.session = access.sessions.begin(Session("li", Role.ADMINISTRATOR))
        self.client = self.app.test_client()
        self.client.set_cookie(access.cookie, self.session, domain="127.0.0.1")
        self.csrf = self.get("/account").split('"X-CSRF-Token": "')[1].split('"')[0]

    def get(self, place: str) -> str:
        answer = self.client.get(place, base_url=self.address, follow_redirects=True)
        assert answer.status_code < 500, (place, answer.text)
        return answer.text

    def post(self, place: str, fields: dict[str, Any], files: dict[str, tuple[bytes, str]] | None = None) -> Any:
        uploads = {name: (io.BytesIO(data), file) for name, (data, file) in (files or {}).items()}
        data = {**fields, **uploads, "csrf": self.csrf}
        return self.client.post(place, base_url=self.address, data=data, follow_redirects=True)


@pytest.fixture(scope="module")
def site(workbench: Workbench, access: Access) -> Iterator[Site]:
    made = Site(workbench, access)
    server = make_server(made.app, access)
    threading.Thread(target=server.run, daemon=True).start()
    yield made
    server.close()
