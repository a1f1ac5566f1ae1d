"""Sign-in, accounts and the audit log in a real browser: by keyboard, in both schemes, on small and large screens."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.roles import Role
from faq_component.studio.access.sessions import Session
from faq_component.studio.app import create_app
from faq_component.studio.server import make_server
from faq_component.studio.workbench import Workbench
from tests.servers import free_port

PASSWORD = "correct horse battery staple"  # noqa: S105
LOOKS = [
    ("light", 1280, "en-US"),
    ("dark", 390, "zh-CN"),
    pytest.param("light", 360, "en-US", marks=pytest.mark.slow),
    pytest.param("dark", 2560, "zh-CN", marks=pytest.mark.slow),
]


class Site:
    """A running studio with accounts.

    Args:
        workbench: that it works on.
        accounts: of its people.
    """

    def __init__(self, workbench: Workbench, accounts: Accounts) -> None:
        self.access = Access(Listening(free_port()), accounts, "li")
        self.address = f"http://127.0.0.1:{self.access.listening.port}"
        self.server = make_server(create_app(workbench, self.access), self.access)
        threading.Thread(target=self.server.run, daemon=True).start()

    def context(self, browser: Any, role: Role | None = None, **options: Any) -> Any:
        """Return a window of the browser; with a role, signed in."""
        made = browser.new_context(**options)
        made.set_default_timeout(120_000)
        if role is not None:
            number = self.access.sessions.begin(Session("li", role))
            made.add_cookies([{"name": self.access.cookie, "value": number, "url": self.address}])
        return made


@pytest.fixture(scope="module")
def site(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    accounts = Accounts(tmp_path_factory.mktemp("accounts") / "accounts.sqlite")
    accounts.add("Ann", Role.ADMINISTRATOR, PASSWORD)
    accounts.add("wang.xiaoming@customer-service.example.com", Role.READER)
    accounts.add("小李", Role.EDITOR, PASSWORD)
    accounts.set_active("小李", False)
    for number in range(8):
        workbench.audit("edit", who="Ann", edit=f"studio: edit 营业时间 {number}", topics=["hours", "price"])
    workbench.audit("sign-in-refused", who="", name="root")
    made = Site(workbench, accounts)
    yield made
    made.server.close()


def test_one_is_invited_signs_in_by_keyboard_and_comes_back_to_the_page(site: Site, browser: Any) -> None:
    admin = site.context(browser, Role.ADMINISTRATOR, locale="en-US").new_page()
    admin.goto(f"{site.address}/accounts")
    admin.fill("input[name=name] >> visible=true", "Bo")
    admin.get_by_role("button", name="Invite").click()
    address = admin.inner_text(".address")
    guest = site.context(browser, locale="en-US").new_page()
    guest.goto(address)
    guest.keyboard.type(PASSWORD)
    guest.keyboard.press("Tab")
    guest.keyboard.type(PASSWORD)
    guest.keyboard.press("Enter")
    guest.get_by_role("link", name="Bo", exact=True).wait_for()
    guest.get_by_role("button", name="Sign out").click()
    guest.get_by_text("You are signed out.").wait_for()
    guest.goto(f"{site.address}/topics/card")
    guest.keyboard.type("Bo")
    guest.keyboard.press("Tab")
    guest.keyboard.type("wrong " + PASSWORD)
    guest.keyboard.press("Enter")
    guest.get_by_text("do not go together").wait_for()
    guest.keyboard.type(PASSWORD)  # the field has the focus again
    guest.keyboard.press("Enter")
    guest.wait_for_url("**/topics/card")
    guest.get_by_role("button", name="Save").wait_for()
    for window in (admin, guest):
        window.context.close()


def test_a_reader_sees_why_a_button_is_not_there(site: Site, browser: Any) -> None:
    page = site.context(browser, Role.READER, locale="en-US").new_page()
    page.goto(f"{site.address}/topics/card")
    assert page.get_by_role("button", name="Save").is_disabled()
    page.get_by_text("your role is reader").wait_for()
    page.goto(f"{site.address}/accounts")
    page.get_by_text("This takes the role “administrator”").wait_for()
    page.context.close()


@pytest.mark.parametrize(("scheme", "width", "locale"), LOOKS)
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
    site: Site, browser: Any, scheme: str, width: int, locale: str
) -> None:
    context = site.context(browser, Role.ADMINISTRATOR, locale=locale, color_scheme=scheme)
    outside = site.context(browser, locale=locale, color_scheme=scheme)
    token = site.access.accounts.invite("wang.xiaoming@customer-service.example.com")
    places = {
        "sign-in": (outside, "/sign-in"),
        "invited": (outside, f"/invited?token={token}"),
        "not-invited": (outside, "/invited?token=old"),
        "used": (outside, "/?token=used"),
        "accounts": (context, "/accounts"),
        "account": (context, "/account"),
        "audit": (context, "/audit"),
        "audit-empty": (context, "/audit?who=nobody"),
    }
    for name, (window, place) in places.items():
        page = window.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(site.address + place)
        page.wait_for_load_state("networkidle")
        if name == "accounts":
            page.locator(".menu summary").first.click()
        if folder := os.environ.get("STUDIO_SCREENSHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}-{scheme}-{width}-{locale}.png"), full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(name, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.close()
    context.close()
    outside.close()
