"""Hostile texts in every field of every form, and then on every page of a real browser: nothing runs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.studio.attacks.conftest import HOSTILE, LINK, Site
from tests.studio.attacks.forms import read_page

_LEFT_OUT = {"/leave", "/sign-in", "/invited"}  # they end the session of the test
_MOST_PAGES = 60
_FILE = f"问题,主题,回答\n{HOSTILE.replace(',', '')},hostile,{LINK}\n".encode()


def _pages(site: Site) -> list[str]:
    """Every page that can be reached by links from the pages without arguments, one of each kind for its arguments."""
    app = site.app
    waiting = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    seen: list[str] = []
    kinds: dict[str, int] = {}
    while waiting and len(seen) < _MOST_PAGES:
        place = waiting.pop(0)
        endpoint, _arguments = app.url_map.bind("").match(urlsplit(place).path, method="GET")
        if place in seen or endpoint == "static" or place in _LEFT_OUT or kinds.get(endpoint, 0) >= 3:
            continue
        kinds[endpoint] = kinds.get(endpoint, 0) + 1
        seen.append(place)
        if not re.search(r"\.(csv|xlsx)|/export/", place):
            waiting += [link for link in read_page(site.get(place))[1] if link.startswith("/")]
    return seen


def _fill_all_forms(site: Site) -> int:
    """Type the hostile text into every field of every form, and send files whose names are hostile too."""
    sent = 0
    for place in _pages(site):
        if re.search(r"\.(csv|xlsx)|/export/", place):
            continue
        for form in read_page(site.get(place))[0]:
            if form.place in _LEFT_OUT or not (form.typed or form.files):
                continue
            files = dict.fromkeys(form.files, (_FILE, f"../../{HOSTILE}.csv"))
            for texts in (HOSTILE, LINK):
                answer = site.post(form.place, form.filled(texts), files)
                assert answer.status_code < 500, (form.place, answer.text)
                assert "<script>alert" not in answer.text, form.place
                assert "<img src=x" not in answer.text, form.place
                sent += 1
    return sent


def _watch(page: Any, ran: list[str]) -> None:
    """Note every script that runs: all of the hostile ones open a dialog."""

    def note(dialog: Any) -> None:
        ran.append(f"{page.url}: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", note)


def test_no_hostile_text_runs_on_any_page(site: Site, browser: Any) -> None:
    """The content security policy is switched off, so that escaping alone must hold."""
    assert _fill_all_forms(site) > 10
    pages = _pages(site)
    assert {"/topics", "/topics/card", "/topics/new", "/accounts", "/audit", "/exchange", "/tests", "/figures"} <= set(
        pages
    )
    context = browser.new_context(bypass_csp=True)
    context.add_cookies([{"name": site.access.cookie, "value": site.session, "url": site.address}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    ran: list[str] = []
    _watch(page, ran)
    shown = 0
    for place in (one for one in pages if not re.search(r"\.(csv|xlsx)|/export/", one)):
        page.goto(site.address + place)
        page.wait_for_load_state("networkidle")
        shown += "alert(1)" in page.inner_text("body") or page.locator("[value*='alert(1)']").count() > 0
        assert page.locator("main script, main iframe, main img[src='x'], main svg[onload]").count() == 0, place
        addresses = page.evaluate(
            "[...document.querySelectorAll('[href], [src], [action], [formaction], [srcdoc]')].flatMap("
            "e => ['href', 'src', 'action', 'formaction', 'srcdoc'].map(n => (e.getAttribute(n) || '').trim()))"
        )
        assert [one for one in addresses if one.lower().startswith(("javascript:", "data:text", "vbscript:"))] == [], (
            place
        )
        assert "1337" not in page.inner_text("body"), place  # 7 * 191, as a template would compute it
    page.goto(site.address + "/try")
    page.fill("#text", HOSTILE)
    page.press("#text", "Enter")
    page.locator(".tried").wait_for()
    page.goto(site.address + "/topics")
    page.fill("input[name=q]", HOSTILE)
    page.wait_for_load_state("networkidle")
    assert ran == []
    assert shown >= 5
    context.close()


def test_the_policy_forbids_scripts_of_a_page_even_where_escaping_failed(site: Site, browser: Any) -> None:
    context = browser.new_context()
    context.add_cookies([{"name": site.access.cookie, "value": site.session, "url": site.address}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    ran: list[str] = []
    _watch(page, ran)
    page.goto(site.address + "/topics")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.evaluate("const s = document.createElement('script'); s.textContent = 'alert(2)'; document.body.append(s)")
    page.wait_for_load_state("networkidle")
    assert ran == []
    context.close()
