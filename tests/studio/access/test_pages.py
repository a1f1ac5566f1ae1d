"""The pages of accounts, invitations and the audit log."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from faq_component.studio.access.doors import Access
from faq_component.studio.access.roles import Role
from faq_component.studio.app import create_app
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import HOST, PORT, Page

PASSWORD = "correct horse battery staple"  # noqa: S105


def invitation(shown: str) -> str:
    found = re.search(r'<code class="address">(.*?)</code>', shown)
    assert found is not None
    return html.unescape(found[1])


def test_an_invited_person_sets_a_password_and_is_in(page: Page, access: Access, workbench: Workbench) -> None:
    address = invitation(page.post("/accounts", name="Bo", role="publisher"))
    assert address.startswith(f"{HOST}/invited?token=")
    guest = create_app(workbench, access).test_client()
    assert "Welcome, Bo" in guest.get(address).text
    data = {"token": address.split("=")[1], "password": PASSWORD, "again": PASSWORD}
    headers = {"Origin": HOST}
    wrong = guest.post("/invited", base_url=HOST, data={**data, "again": "x"}, headers=headers)
    assert (wrong.status_code, "differ" in wrong.text) == (422, True)
    assert guest.post("/invited", base_url=HOST, data=data, headers=headers).location == "/topics"
    assert 'title="publisher">Bo</a>' in guest.get("/topics", base_url=HOST).text
    used = guest.post("/invited", base_url=HOST, data=data, headers=headers)
    assert (used.status_code, guest.get(address).status_code) == (410, 410)
    account = access.accounts.find("Bo")
    assert account is not None
    assert account.role == Role.PUBLISHER


@pytest.mark.parametrize("fields", [{"name": "", "role": "editor"}, {"name": "a,b", "role": "editor"}, {"name": "Bo"}])
def test_a_faulty_invitation_is_refused(page: Page, access: Access, fields: dict[str, str]) -> None:
    page.post("/accounts", 422, **fields)
    assert access.accounts.all() == []


def test_an_administrator_sees_to_accounts(page: Page, access: Access, workbench: Workbench) -> None:
    for name, role in [("Ann", Role.ADMINISTRATOR), ("Bo", Role.READER)]:
        access.accounts.add(name, role, PASSWORD)
    page.post("/accounts/change", 302, name="Bo", change="role", role="editor")
    assert [one.role for one in access.accounts.all()] == [Role.ADMINISTRATOR, Role.EDITOR]
    page.post("/accounts/change", 302, name="Bo", change="deactivated")
    assert "deactivated" in page.get("/accounts")
    page.post("/accounts/change", 302, name="Bo", change="activated")
    before = access.accounts.find("Bo")
    page.post("/accounts/change", 302, name="Bo", change="sessions-ended")
    after = access.accounts.find("Bo")
    assert before is not None and after is not None and before.epoch != after.epoch  # noqa: PT018
    assert "/invited?token=" in invitation(page.post("/accounts/change", name="Bo", change="invited"))
    assert "last administrator" in page.post("/accounts/change", 422, name="Ann", change="removed")
    page.post("/accounts/change", 302, name="Bo", change="removed")
    assert [one.name for one in access.accounts.all()] == ["Ann"]
    page.post("/accounts/change", 422, name="Ann", change="crowned")
    assert "no account" in page.post("/accounts/change", 422, name="Bo", change="removed")
    changes = [entry.details["change"] for entry in workbench.audit_log.entries() if entry.what == "account"]
    assert changes[:5] == ["removed", "invited", "sessions-ended", "activated", "deactivated"]


def test_the_audit_log_is_read_filtered_and_exported(page: Page, workbench: Workbench) -> None:
    workbench.audit("publish", who="=1+1", note="发布了两个主题", topics=["hours", "price"])
    workbench.audit("undo", who="Bo")
    shown = page.get("/audit")
    assert "发布了两个主题" in shown
    assert "hours, price" in shown
    rows = page.get("/audit?what=undo", headers={"HX-Request": "true"})
    assert ("Bo" in rows, "发布了" in rows, "<html" in rows) == (True, False, False)
    table = list(csv.reader(io.StringIO(page.get("/audit/audit.csv?what=publish").lstrip("\ufeff"))))
    assert table[0] == ["time", "who", "address", "what", "details"]
    assert table[1][1] == "'=1+1"  # no formula in whatever opens it
    assert workbench.audit_log.entries()[0].what == "export"


def test_the_audit_log_is_paged(page: Page, workbench: Workbench) -> None:
    for number in range(101):
        workbench.audit("settings", number=number)
    older = re.search(r'href="([^"]*before=\d+)"', page.get("/audit?what=settings"))
    assert older is not None
    last = page.get(html.unescape(older[1]))
    assert last.count('<th scope="row"') == 1


@pytest.mark.parametrize("place", ["/accounts", "/audit", "/audit/audit.csv"])
def test_these_pages_are_for_administrators(readers_page: Page, place: str) -> None:
    assert "administrator" in readers_page.get(place, 403)


def test_a_refusal_is_in_the_log(readers_page: Page, workbench: Workbench) -> None:
    readers_page.get("/accounts", 403)
    entry = workbench.audit_log.entries()[0]
    assert (entry.what, entry.who, entry.details["page"]) == ("refused", "wang", "/accounts")


def test_one_who_has_come_by_an_address_has_no_password_to_change(page: Page) -> None:
    assert "works once" in page.get("/account")
    assert "none to change" in page.post("/account", 422, old="x", password=PASSWORD, again=PASSWORD)


def test_the_cookie_is_for_this_site_and_no_script(workbench: Workbench, access: Access) -> None:
    client = create_app(workbench, access).test_client()
    client.get(f"/?token={access.sessions.new_token()}", base_url=HOST)
    cookie = client.get_cookie(f"faq_studio_{PORT}", domain="127.0.0.1")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Strict", False)
