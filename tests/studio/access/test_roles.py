"""What each role may do: on every route of the studio, whatever pages are added."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from faq_component.studio.access.roles import READING, Role, is_open, needed_role
from faq_component.studio.workbench import Workbench
from tests.studio.attacks.forms import read_page
from tests.studio.conftest import HOST, Page

OPEN = {"entrance.leave", "entrance.set_password"}  # changes that every role may make of one's own
WITHOUT_SESSION = {"entrance.enter", "entrance.accept"}
READ_BY_POST = {"topics.check", "topics.preview", "trial.ask"}  # POSTs that change nothing


def _requests(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each route with each of its changing methods, and a path that it answers."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - READING:
            values = dict.fromkeys(rule.arguments - set(rule.defaults or {}), "hours")
            yield rule, method, adapter.build(rule.endpoint, {**(rule.defaults or {}), **values}, method=method)


def test_a_reader_is_refused_at_every_route_that_changes_something(readers_page: Page, workbench: Workbench) -> None:
    app, before, asked = readers_page.client.application, workbench.faq.fingerprint, 0
    for rule, method, path in _requests(app):
        if rule.endpoint in OPEN | READ_BY_POST | WITHOUT_SESSION:
            continue
        answer = readers_page.client.open(
            path, method=method, base_url=HOST, headers={"X-CSRF-Token": readers_page.csrf}
        )
        assert (rule.endpoint, answer.status_code) == (rule.endpoint, 403)
        asked += 1
    assert asked >= 5
    assert workbench.faq.fingerprint == before


def test_only_these_changes_are_open_to_readers(page: Page) -> None:
    """A new route that readers may post to must be listed here, with its reason."""
    app = page.client.application
    free = {
        rule.endpoint
        for rule, method, _path in _requests(app)
        if needed_role(app.view_functions[rule.endpoint], {method}) == Role.READER
        or is_open(app.view_functions[rule.endpoint])
    }
    assert free == OPEN | READ_BY_POST | WITHOUT_SESSION


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refusal_names_both_roles_on_a_page_or_in_a_fragment(readers_page: Page, language: str) -> None:
    words = {"en": ("editor", "reader"), "zh": ("编辑者", "读者")}[language]
    for asked_by in ({}, {"HX-Request": "true"}):
        headers = {"X-CSRF-Token": readers_page.csrf, "Accept-Language": language, **asked_by}
        answer = readers_page.client.post("/topics/hours/remove", base_url=HOST, headers=headers)
        assert answer.status_code == 403
        assert all(word in answer.text for word in words)
        assert ("<html" in answer.text) is not bool(asked_by)


def test_a_reader_is_offered_nothing_that_would_be_refused(readers_page: Page, page: Page) -> None:
    """A form without a button that works may stay, so that the texts in it can be read."""
    app = readers_page.client.application
    adapter = app.url_map.bind("127.0.0.1")
    places = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    seen = 0
    for place in (*places, "/topics/hours"):
        answer = readers_page.client.get(place, base_url=HOST)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        seen += 1
        for form in read_page(answer.text)[0]:
            endpoint, _arguments = adapter.match(form.place, method="POST")
            view = app.view_functions[endpoint]
            is_offered = not is_open(view) and form.can_be_sent
            assert not is_offered or needed_role(view, ["POST"]) == Role.READER, (place, endpoint)
    assert seen > 8
    assert "It should be" in page.post("/try", text="几点开门")
    assert "It should be" not in readers_page.post("/try", text="几点开门")
