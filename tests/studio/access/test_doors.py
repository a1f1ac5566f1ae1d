"""Who comes in, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from faq_component.studio.access.doors import Access
from faq_component.studio.access.roles import Role
from faq_component.studio.access.sessions import Session, Sessions
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import HOST, PORT, Page


def test_an_address_opens_once(workbench: Workbench, access: Access) -> None:
    token, app = access.sessions.new_token(), create_app(workbench, access)
    assert app.test_client().get(f"/?token={token}", base_url=HOST).status_code == 302
    again = app.test_client().get(f"/?token={token}", base_url=HOST)
    assert (again.status_code, "used already" in again.text) == (401, True)
    assert app.test_client().get("/?token=guessed", base_url=HOST).status_code == 401


def test_without_a_session_nothing_is_shown(workbench: Workbench, access: Access) -> None:
    client = create_app(workbench, access).test_client()
    for place in ("/", "/topics", "/topics/hours", "/try"):
        answer = client.get(place, base_url=HOST, follow_redirects=True)
        assert answer.status_code == 401
        assert "泳馆" not in answer.text


@pytest.mark.parametrize(("hours", "goes_on"), [([8.0], True), ([8.1], False), ([7.9] * 91, True), ([7.9] * 92, False)])
def test_a_session_ends_after_eight_idle_hours_and_thirty_days(hours: list[float], goes_on: bool) -> None:
    clock = [1e9]
    sessions = Sessions(lambda: clock[0])
    number = sessions.begin(Session("li", Role.READER))
    for passed in hours[:-1]:
        clock[0] += passed * 3600
        assert sessions.find(number)
    clock[0] += hours[-1] * 3600
    assert (sessions.find(number) is not None) is goes_on


def test_leaving_ends_a_session(page: Page) -> None:
    assert "signed out" in page.post("/leave")
    page.get("/topics", 401)


def test_the_id_of_a_session_is_the_studios(workbench: Workbench, access: Access) -> None:
    """A planted id is not taken over at the sign-in."""
    client = create_app(workbench, access).test_client()
    client.set_cookie(f"faq_studio_{PORT}", "planted", domain="127.0.0.1")
    client.get(f"/?token={access.sessions.new_token()}", base_url=HOST)
    cookie = client.get_cookie(f"faq_studio_{PORT}", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.value != "planted"
    assert (cookie.http_only, cookie.same_site) == (True, "Strict")


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "wrong"}, {"Origin": "http://evil.example"}])
def test_a_change_needs_the_token_of_the_session_and_its_origin(page: Page, headers: dict[str, str]) -> None:
    if "Origin" in headers:
        headers = {**headers, "X-CSRF-Token": page.csrf}
    for place in ("/topics/hours", "/topics/new", "/topics/hours/remove", "/try", "/try/teach", "/leave"):
        assert page.client.post(place, base_url=HOST, headers=headers).status_code == 403
    assert "几点开门" in page.get("/topics/hours")


def test_another_name_of_the_machine_is_refused(page: Page) -> None:
    assert page.client.get("/topics", base_url="http://evil.example:8090").status_code == 421
    assert page.client.get("/topics", base_url=HOST.replace("127.0.0.1", "localhost")).status_code in (200, 401)


def test_every_answer_bears_a_strict_policy(page: Page) -> None:
    for place in ("/topics", "/try", "/topics/none", "/static/studio.js"):
        with page.client.get(place, base_url=HOST) as answer:
            headers = answer.headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert page.client.get("/topics", base_url=HOST).headers["Cache-Control"] == "no-store"


def test_what_is_too_large_is_refused(page: Page) -> None:
    assert "2 MiB" in page.post("/topics/hours", 413, title="x" * (3 << 20))


SCRIPT = "<script>alert(1)</script>\" onmouseover='x'"


@pytest.mark.parametrize("field", ["title", "post", "response", "tags", "negatives", "follow"])
def test_texts_stay_texts(page: Page, field: str) -> None:
    fields: dict[str, Any] = {"title": "甲", "post": ["乙"], "response": ["丙"], "enabled": "1"}
    fields[field] = [SCRIPT] if isinstance(fields.get(field), list) else SCRIPT
    for place in ("/topics/new", "/topics/check"):
        answer = page.client.post(place, base_url=HOST, data=fields, headers={"X-CSRF-Token": page.csrf})
        assert "<script>alert" not in answer.text
    for place in ("/topics", "/try", f"/topics?q={SCRIPT}"):
        assert "<script>alert" not in page.get(place)
    assert "<script>alert" not in page.post("/try", text=SCRIPT)
    assert "<script>alert" not in page.post("/try/teach", 422, text="x", topic=SCRIPT + "!")
