"""Sign-in with name and password: who comes in, who does not, and how often one may guess."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from faq_component.studio.access.audit_log import Filter
from faq_component.studio.access.doors import Access
from faq_component.studio.access.roles import Role
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import HOST, PORT, Page

PASSWORD = "correct horse battery staple"  # noqa: S105


@pytest.fixture
def client(workbench: Workbench, access: Access) -> FlaskClient:
    access.accounts.add("Chen", Role.EDITOR, PASSWORD)
    return create_app(workbench, access).test_client()


def sign_in(client: FlaskClient, name: str, password: str, address: str = "127.0.0.1", **fields: str) -> TestResponse:
    data = {"name": name, "password": password, **fields}
    where = {"REMOTE_ADDR": address}
    return client.post("/sign-in", base_url=HOST, data=data, headers={"Origin": HOST}, environ_base=where)


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie(f"faq_studio_{PORT}", domain="127.0.0.1")
    assert found is not None
    return found.value


@pytest.mark.parametrize("name", ["Chen", "chen", " CHEN ", "Ｃhen"])
def test_name_and_password_open_a_session_of_the_account(client: FlaskClient, workbench: Workbench, name: str) -> None:
    assert sign_in(client, name, PASSWORD).location == "/topics"
    topics = Page(client, cookie(client))
    assert ">Chen</a>" in topics.get("/topics")
    topics.get("/accounts", 403)
    assert (
        topics.post(
            "/topics/new",
            302,
            title=f"停轮椅 {name.encode().hex()}",
            post=[f"轮椅停哪里 {name.encode().hex()}"],
            response=["门口。"],
            enabled="1",
        )
        is not None
    )
    assert workbench.audit_log.entries(Filter(what="edit"))[0].who == "Chen"


@pytest.mark.parametrize(
    ("name", "password"),
    [("Chen", PASSWORD + "!"), ("Chen", ""), ("nobody", PASSWORD), ("", ""), ("x" * 9999, "y" * 9999)],
)
def test_anything_else_does_not(client: FlaskClient, workbench: Workbench, name: str, password: str) -> None:
    answer = sign_in(client, name, password)
    assert (answer.status_code, "do not go together" in answer.text) == (401, True)
    assert client.get("/topics", base_url=HOST).status_code == 401
    assert workbench.audit_log.entries()[0].what == "sign-in-refused"


def test_each_sign_in_has_a_new_id_and_ends_the_session_before(client: FlaskClient, access: Access) -> None:
    sign_in(client, "Chen", PASSWORD)
    first = cookie(client)
    sign_in(client, "Chen", PASSWORD)
    assert cookie(client) != first
    assert access.sessions.find(first) is None


def test_a_deactivated_or_removed_account_is_out_at_once(client: FlaskClient, access: Access) -> None:
    sign_in(client, "Chen", PASSWORD)
    assert client.get("/topics", base_url=HOST).status_code == 200
    access.accounts.set_active("Chen", False)
    assert client.get("/topics", base_url=HOST).status_code == 401
    assert sign_in(client, "Chen", PASSWORD).status_code == 401
    access.accounts.set_active("Chen", True)
    assert sign_in(client, "Chen", PASSWORD).status_code == 302
    access.accounts.remove("Chen")
    access.accounts.add("Chen", Role.ADMINISTRATOR, PASSWORD)  # another person of the same name
    assert client.get("/topics", base_url=HOST).status_code == 401


def test_a_role_changes_at_the_next_request(client: FlaskClient, access: Access) -> None:
    sign_in(client, "Chen", PASSWORD)
    assert client.get("/accounts", base_url=HOST).status_code == 403
    access.accounts.set_role("Chen", Role.ADMINISTRATOR)
    assert client.get("/accounts", base_url=HOST).status_code == 200


def test_a_new_password_ends_the_other_sessions_only(client: FlaskClient, access: Access) -> None:
    other = client.application.test_client()
    for one in (client, other):
        sign_in(one, "Chen", PASSWORD)
    own, new = Page(client, cookie(client)), "four other words entirely"
    assert "not your present" in own.post("/account", 422, old="wrong", password=new, again=new)
    assert "differ" in own.post("/account", 422, old=PASSWORD, password=new, again=new + "x")
    assert "12 to" in own.post("/account", 422, old=PASSWORD, password="short", again="short")
    assert other.get("/topics", base_url=HOST).status_code == 200
    assert "is changed" in own.post("/account", old=PASSWORD, password=new, again=new)
    assert client.get("/topics", base_url=HOST).status_code == 200
    assert other.get("/topics", base_url=HOST).status_code == 401
    assert sign_in(other, "Chen", PASSWORD).status_code == 401
    assert sign_in(other, "Chen", new).status_code == 302


def test_guessing_is_slowed_down_and_keeps_nobody_else_out(client: FlaskClient, access: Access) -> None:
    access.accounts.add("Wu", Role.READER, PASSWORD)
    assert sign_in(client, "Chen", PASSWORD, "10.0.0.1").status_code == 302  # Chen has been here before
    statuses = [sign_in(client, "Chen", f"guess {number}", "10.6.6.6").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    refused = sign_in(client, "Chen", PASSWORD, "10.6.6.6")
    assert (refused.status_code, int(refused.headers["Retry-After"]) in range(1, 601)) == (429, True)
    assert "10 min" in refused.text
    assert sign_in(client, "Chen", PASSWORD, "10.0.0.1").status_code == 302
    assert sign_in(client, "Wu", PASSWORD, "10.6.6.6").status_code == 302


def test_names_that_do_not_exist_are_limited_alike_and_all_of_an_address_together(client: FlaskClient) -> None:
    assert [sign_in(client, "nobody", "guess", "10.6.6.7").status_code for _ in range(11)][-2:] == [401, 429]
    statuses = [sign_in(client, f"name {number}", "guess", "10.6.6.8").status_code for number in range(22)]
    assert statuses == [401] * 20 + [429] * 2


def test_a_correct_password_between_does_not_reset_the_count(client: FlaskClient, access: Access) -> None:
    access.accounts.add("Mallory", Role.READER, PASSWORD)
    statuses = []
    for number in range(12):
        statuses.append(sign_in(client, "Chen", f"guess {number}", "10.6.6.9").status_code)
        sign_in(client, "Mallory", PASSWORD, "10.6.6.9")
    assert statuses == [401] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("place", "goes_to"),
    [
        ("/topics?q=年卡&page=2", "/topics?q=%E5%B9%B4%E5%8D%A1&page=2"),
        ("/try", "/try"),
        ("//evil.example", "/topics"),
        ("/\\evil.example", "/topics"),
        ("https://evil.example/", "/topics"),
        ("javascript:alert(1)", "/topics"),
        ("/topics\r\nSet-Cookie: a=b", "/topics"),
        ("//[", "/topics"),
        ("//a\u2100", "/topics"),  # NFKC makes a slash of it
        ("/no-such-page", "/topics"),
        ("/%2fevil.example", "/topics"),
        ("", "/topics"),
    ],
)
def test_a_sign_in_leads_to_pages_of_the_studio_only(client: FlaskClient, place: str, goes_to: str) -> None:
    answer = sign_in(client, "Chen", PASSWORD, next=place)
    assert (answer.status_code, answer.location) == (302, goes_to)
    assert [name for name, _value in answer.headers].count("Set-Cookie") == 1


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": f"{HOST}1"}])
def test_another_site_signs_nobody_in(client: FlaskClient, headers: dict[str, str]) -> None:
    """Else its visitor would work in the attacker's account."""
    data = {"name": "Chen", "password": PASSWORD}
    assert client.post("/sign-in", base_url=HOST, data=data, headers=headers).status_code == 403
    assert client.get_cookie(f"faq_studio_{PORT}", domain="127.0.0.1") is None


def test_what_was_typed_when_the_session_ended_can_be_copied(client: FlaskClient) -> None:
    data = {"title": "新主题", "post": "一句很长的问法", "csrf": "x", "password": "secret!"}
    answer = client.post("/topics/new", base_url=HOST, data=data, headers={"Origin": HOST})
    assert (answer.status_code, "一句很长的问法" in answer.text, "secret!" in answer.text) == (401, True, False)
    foreign = client.post("/topics/new", base_url=HOST, data=data, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, "一句很长的问法" in foreign.text) == (401, False)
    assert "not signed in any more" in client.post("/try", base_url=HOST, headers={"HX-Request": "true"}).text
