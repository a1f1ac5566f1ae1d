"""Forged, oversized and malformed requests at every route of the studio."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from faq_component.studio.access.roles import READING
from tests.studio.attacks.conftest import Site

_OWN_SESSION = {"entrance.leave"}  # ends the session of the test


def _changing(site: Site) -> Iterator[tuple[str, str]]:
    """Each route that changes something: its path and method."""
    adapter = site.app.url_map.bind("127.0.0.1")
    for rule in site.app.url_map.iter_rules():
        for method in (rule.methods or set()) - READING:
            values = {**dict.fromkeys(rule.arguments, "card"), **(rule.defaults or {})}
            yield adapter.build(rule.endpoint, values, method=method), method


def _state(site: Site) -> str:
    """A digest of all files of the studio, but for what it counts by itself."""
    folder = Path(site.workbench.settings.cache_dir) / "studio"
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and "audit" not in file.name]
    files += [site.access.accounts.file, Path(site.workbench.settings.faq)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.mark.parametrize(
    ("token", "origin"),
    [
        ("", None),
        ("wrong", None),
        ("wrong", "own"),
        ("own", "http://evil.example"),
        ("own", "null"),
        ("own", "http://127.0.0.1.evil.example"),
        ("own", "https://127.0.0.1"),
    ],
)
def test_no_other_site_changes_anything(site: Site, token: str, origin: str | None) -> None:
    before, asked = _state(site), 0
    for path, method in _changing(site):
        headers = {"X-CSRF-Token": token.replace("own", site.csrf)}
        if origin:
            headers["Origin"] = site.address if origin == "own" else origin
        if origin == "own" and path in ("/sign-in", "/invited"):  # open to all from the studio's own pages
            continue
        answer = site.client.open(path, method=method, base_url=site.address, headers=headers)
        assert (path, answer.status_code) == (path, 403)
        asked += 1
    assert asked > 10
    assert _state(site) == before
    assert site.client.get("/topics", base_url=site.address).status_code == 200  # still signed in


def test_a_token_of_another_session_does_not_count(site: Site) -> None:
    foreign = Site(site.workbench, site.access)
    answer = site.client.post("/try", base_url=site.address, data={"text": "x", "csrf": foreign.csrf})
    assert answer.status_code == 403


def test_reading_changes_nothing(site: Site) -> None:
    before = _state(site)
    for rule in site.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            values = dict.fromkeys(rule.arguments, 1 if "int:" in rule.rule else "card")
            path = site.app.url_map.bind("127.0.0.1").build(rule.endpoint, values)
            answer = site.client.get(path, base_url=site.address)
            assert answer.status_code < 500, path
    assert _state(site) == before


def test_methods_that_no_page_has_are_refused(site: Site) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        headers = {"X-CSRF-Token": site.csrf, "X-HTTP-Method-Override": "GET"}
        assert (
            site.client.open("/topics/card", method=method, base_url=site.address, headers=headers).status_code == 405
        )


@pytest.mark.parametrize(
    "text", ["a\r\nSet-Cookie: x=y", "a%0d%0aSet-Cookie: x=y", "a\nLocation: http://evil.example", "\x00"]
)
def test_no_text_becomes_a_header(site: Site, text: str) -> None:
    for answer in (
        site.client.get("/sign-in", base_url=site.address, query_string={"next": text}),
        site.client.get("/topics/new", base_url=site.address, query_string={"title": text}),
        site.client.get("/audit/audit.csv", base_url=site.address, query_string={"who": text}),
        site.client.post("/accounts", base_url=site.address, data={"name": text, "role": "x", "csrf": site.csrf}),
        site.client.get(f"/{text}", base_url=site.address),
    ):
        assert answer.status_code < 500
        assert "Set-Cookie" not in answer.headers
        assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    "path", ["/topics/new", "/accounts", "/try", "/account", "/sign-in", "/exchange/files", "/tests"]
)
def test_what_is_too_large_is_refused_before_it_is_read(site: Site, path: str) -> None:
    data = b"title=" + b"x" * (60 << 20)
    headers = {"Origin": site.address, "X-CSRF-Token": site.csrf, "Content-Type": "application/x-www-form-urlencoded"}
    assert site.client.post(path, base_url=site.address, data=data, headers=headers).status_code == 413


def test_a_form_of_too_many_parts_is_refused(site: Site) -> None:
    before = _state(site)
    fields = {"post": ["x"] * 6_000, "title": "many", "response": "y"}
    assert site.post("/topics/new", fields, {"none": (b"", "none.txt")}).status_code == 413
    assert _state(site) == before


@lru_cache(maxsize=1)
def _zip(name: str, size: int) -> bytes:
    """A small zip file, named as a workbook, that would be large once it is opened."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open(name, "w", force_zip64=True) as inside:
            for _part in range(size >> 20):
                inside.write(b" " * (1 << 20))
    return out.getvalue()


@pytest.mark.parametrize(("path", "field"), [("/exchange/files", "file"), ("/tests", "file")])
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_zip_bomb_is_refused_and_takes_no_memory(site: Site, path: str, field: str, name: str) -> None:
    before = _state(site)
    most = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    answer = site.post(path, {"name": "bomb"}, {field: (_zip(name, 1 << 30), "bomb.xlsx")})
    assert answer.status_code in (200, 422), answer.text
    assert (int(Path("/proc/self/statm").read_text("utf-8").split()[1]) - most) * 4096 < 300 << 20
    assert "1,073" not in answer.text
    assert _state(site) == before


@pytest.mark.parametrize(
    "file", ["../../../evil.csv", "/etc/evil.csv", "..\\..\\evil.csv", "evil\x00.csv", "a" * 5000 + ".csv", ".."]
)
@pytest.mark.parametrize("path", ["/exchange/files", "/tests"])
def test_the_name_of_a_file_leads_nowhere(site: Site, path: str, file: str, tmp_path: Path) -> None:
    root = Path(site.workbench.settings.cache_dir).parent
    before = {one for one in root.rglob("*") if "evil" in one.name}
    answer = site.post(path, {"name": file}, {"file": ("问题,主题\n几点开门,营业时间\n".encode(), file)})
    assert answer.status_code < 500
    assert {one for one in root.rglob("*") if "evil" in one.name} - before == set()
    assert not Path("/etc/evil.csv").exists()
    assert not (root.parent / "evil.csv").exists()


@pytest.mark.parametrize("name", ["../card", "..%2f..%2fconfig", "%2e%2e%2fx", "card/../../x", "a\x00b", "." * 300])
def test_a_name_in_an_address_leads_nowhere(site: Site, name: str) -> None:
    for place in ("/topics/", "/tests/of/", "/exchange/", "/figures/part/", "/static/", "/publish/version/"):
        assert site.client.get(place + name, base_url=site.address).status_code in (200, 302, 308, 404), place + name


def test_an_error_shows_no_inside(site: Site) -> None:
    answer = site.client.get("/topics/none", base_url=site.address)
    assert (answer.status_code, "Traceback" in answer.text, "werkzeug" in answer.text.lower()) == (404, False, False)
    assert "Server" not in answer.headers
