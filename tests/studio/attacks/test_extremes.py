"""Numbers, days and times at the ends of what can be written: each page refuses them, and none breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from faq_component.studio.access.doors import Access
from faq_component.studio.publishing.times import shown_time
from faq_component.studio.workbench import Workbench
from tests.studio.attacks.conftest import Site

_NUMBERS = [sign + digits for sign in ("", "-") for digits in ("9" * 31, "9" * 5_000, "9" * 400, str(2**63), "0")]
_DAYS = ["0001-01-01", "0001-12-31", "0002-01-01", "9999-12-31", "9999-01-01", "9000-01-01", "nothing"]


@pytest.fixture(scope="module")
def site(workbench: Workbench, access: Access) -> Iterator[Site]:
    """A studio that shows the log of its settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQ_LOG", workbench.settings.log)
        yield Site(workbench, access)


def _get(site: Site, place: str, **arguments: str) -> int:
    return site.client.get(f"{place}?{urlencode(arguments)}", base_url=site.address).status_code


@pytest.mark.parametrize("place", ["/review/conversations", "/review/ratings", "/topics", "/audit", "/figures"])
def test_a_number_of_an_address_is_as_large_as_it_likes(site: Site, place: str) -> None:
    for number in _NUMBERS:
        for name in ("page", "before", "days"):
            assert (name, number, _get(site, place, **{name: number})) == (name, number, 200)


def test_other_numbers_are_refused_or_not_there(site: Site) -> None:
    for number in _NUMBERS:
        assert _get(site, "/boldness/shown", precision=number) in (200, 422)
        assert site.client.get(f"/publish/version/{number}", base_url=site.address).status_code in (404, 422)
        for fields in ({"version": number, "seen": site.workbench.live.fingerprint}, {"version": number}):
            assert site.post("/publish/back", fields).status_code in (200, 409, 422)


@pytest.mark.parametrize(
    "place",
    [
        "/review/conversations",
        "/review/ratings",
        "/figures",
        "/figures/part/topics",
        "/figures/part/ratings",
        "/figures/part/times",
        "/figures/days.csv",
        "/figures/rising.csv",
        "/audit",
    ],
)
def test_a_day_of_an_address_is_of_any_year(site: Site, place: str) -> None:
    for first in (*_DAYS, "2026-01-01"):
        for last in (*_DAYS, "2026-02-01"):
            names = {"since": first, "until": last} if place == "/audit" else {"from": first, "until": last}
            assert (first, last, _get(site, place, **names, days="9" * 31)) == (first, last, 200)


@pytest.mark.parametrize(
    ("due", "zone"),
    [
        (due, zone)
        for due in ("9999-12-31T23:59", "9999-01-01T00:00", "0001-01-01T00:00", "0001-12-31T23:59")
        for zone in ("Etc/GMT+12", "Etc/GMT-14", "America/New_York", "Asia/Shanghai", "UTC")
    ],
)
def test_a_plan_at_the_end_of_times_is_no_time(site: Site, due: str, zone: str) -> None:
    answer = site.post("/publish/plan", {"due": due, "zone": zone, "seen": ""})
    assert (answer.status_code, "is no time" in answer.text) == (422, True)


def test_a_plan_for_the_last_year_but_one_is_shown_in_every_zone() -> None:
    for due in ("9998-12-31T23:59:00Z", "0002-01-01T00:00:00Z"):
        for zone in ("Etc/GMT+12", "Etc/GMT-14", "UTC"):
            assert shown_time(due, zone)


@pytest.mark.parametrize(
    "rows",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "[[" + "[" * 900 + "]" * 900 + "]]",
        '[[["a","b"]],[]]',
        "[[]]",
        "[]",
        "null",
        "5",
        '"ab"',
        '["ab"]',
        '[{"ab": 1}]',
        '[[["a"]]]',
        "[[[null,1e999]]]",
        '[[["\\ud800","b"]]]',
        "[[[" + "9" * 5_000 + ',"b"]]]',
        "",
    ],
)
@pytest.mark.parametrize("more", [{}, {"again": "1"}, {"question": "9" * 31, "topic": "9" * 31, "headed": "1"}])
def test_the_rows_of_a_test_set_are_refused_where_they_are_none(site: Site, rows: str, more: dict[str, str]) -> None:
    assert site.post("/tests/save", {"rows": rows, "name": "extreme", **more}).status_code in (200, 422)


def test_a_field_of_a_faulty_row_that_names_none_is_left_alone(site: Site) -> None:
    page = site.post("/exchange/files", {}, {"file": (b"question,answer\nhow much,5\nwithout answer,\n", "q.csv")}).text
    found = re.search(r'action="(/exchange/[^/]+)/rows"', page)
    assert found is not None
    names = ["out", "out:0", "out:0:3:1", "out::", "cell", "cell:0", "cell:0:3", "cell:0:3:2:1", "cell:²:1:1"]
    names += ["cell:0:3:999999999", "cell:0:3:0", "cell:999999999:1:1", "out:٠:٣", f"out:0:{'9' * 5_000}", ":", ""]
    for name in names:
        answer = site.post(f"{found[1]}/rows", {name: "x"})
        assert (name, answer.status_code) == (name, 200)
        assert (name, "out:0:3" in answer.text) == (name, True)
    assert "out:0:3" not in site.post(f"{found[1]}/rows", {"out:0:3": "1"}).text
    site.post(f"{found[1]}/end", {})
