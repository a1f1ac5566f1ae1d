"""The studio behind a real nginx that signs people in, with the configuration of the guide."""

from __future__ import annotations

import base64
import contextlib
import getpass
import http.client
import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import listening
from faq_component.studio.access.roles import Role
from faq_component.studio.app import create_app
from faq_component.studio.server import make_server
from faq_component.studio.workbench import Workbench
from tests.servers import ROOT, free_port
from tests.service.processes import Reply, wait_until

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: Debian's package nginx")

HOST = "127.0.0.1"


class Site:
    """A studio and the nginx before it.

    Args:
        access: of the studio.
        port: of nginx.
    """

    def __init__(self, access: Access, port: int) -> None:
        self.access = access
        self.port = port

    def through_nginx(self, place: str, user: str = "", body: str | None = None, **headers: str) -> Reply:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=60, context=context)
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:pass".encode()).decode()
        return _send(connection, place, body, {"Host": "faq.example.com", **headers})

    def directly(self, place: str, body: str | None = None, **headers: str) -> Reply:
        return _send(http.client.HTTPConnection(HOST, self.access.listening.port, timeout=60), place, body, headers)


def _send(connection: http.client.HTTPConnection, place: str, body: str | None, headers: dict[str, str]) -> Reply:
    named = {name.replace("__", "-"): value for name, value in headers.items()}
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    with contextlib.closing(connection):
        connection.request("GET" if body is None else "POST", place, body, {**form, **named})
        return Reply(connection.getresponse())


@pytest.fixture(scope="module")
def site(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    accounts = Accounts(folder / "accounts.sqlite")
    accounts.add("ann@example.com", Role.ADMINISTRATOR)
    accounts.add("小王", Role.READER)
    accounts.add("gone", Role.EDITOR)
    accounts.set_active("gone", False)
    place = listening(
        free_port(), public_urls=["https://faq.example.com"], proxies=[HOST], header="X-Forwarded-User", unknown=None
    )
    access = Access(place, accounts, "li")
    server = make_server(create_app(workbench, access), access)
    threading.Thread(target=server.run, daemon=True).start()
    program = shutil.which("nginx") or "nginx"
    nginx = subprocess.Popen([program, "-c", str(_configuration(folder, port, place.port)), "-g", "daemon off;"])
    made = Site(access, port)

    def answers() -> bool:
        assert nginx.poll() is None
        with contextlib.suppress(OSError):
            return made.through_nginx("/").status == 401
        return False

    wait_until(answers)
    yield made
    nginx.terminate()
    nginx.wait()
    server.close()


def _configuration(folder: Path, port: int, studio: int) -> Path:
    """Write the `server` of the guide into a configuration, with a certificate and people of its own."""
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "docs/guides/studio.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    key, certificate, people = folder / "faq.key", folder / "faq.pem", folder / "faq.users"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=faq.example.com"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    people.write_text(
        "".join(f"{name}:{{PLAIN}}pass\n" for name in ("ann@example.com", "小王", "gone", "stranger", "a,b"))
    )
    server = found[1]
    replaced = {
        "listen 443 ssl": f"listen {HOST}:{port} ssl",
        "/etc/ssl/faq.pem": str(certificate),
        "/etc/ssl/faq.key": str(key),
        "/etc/nginx/faq.users": str(people),
        "http://127.0.0.1:8090": f"http://{HOST}:{studio}",
    }
    for old, new in replaced.items():
        assert old in server
        server = server.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    file = folder / "nginx.conf"
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""  # else nobody's workers cannot read these files
    file.write_text(
        f"{user}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{server}}}\n"
    )
    return file


def test_whom_nginx_has_signed_in_is_in_with_the_role_of_the_account(site: Site, workbench: Workbench) -> None:
    shown = site.through_nginx("/topics", "ann@example.com")
    assert (shown.status, b"ann@example.com</a>" in shown.body) == (200, True)
    cookie = shown.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict"))
    entry = next(entry for entry in workbench.audit_log.entries() if entry.what == "sign-in")
    assert (entry.who, entry.details["by"]) == ("ann@example.com", "proxy")
    assert site.through_nginx("/accounts", "ann@example.com").status == 200
    assert site.through_nginx("/accounts", "小王").status == 403
    assert "小王" in site.through_nginx("/topics", "小王").body.decode()


@pytest.mark.parametrize("user", ["stranger", "gone", "a,b"])
def test_whom_the_studio_does_not_know_is_refused_by_name(site: Site, user: str) -> None:
    answer = site.through_nginx("/topics", user)
    assert (answer.status, "has no account here" in answer.body.decode(), "泳馆" in answer.body.decode()) == (
        401,
        True,
        False,
    )


@pytest.mark.parametrize("name", ["X__Forwarded__User", "X_Forwarded_User", "x__forwarded__user"])
def test_a_header_of_the_visitors_own_counts_for_nothing(site: Site, name: str) -> None:
    shown = site.through_nginx("/topics", "小王", **{name: "ann@example.com"}).body.decode()
    assert ("小王</a>" in shown, "ann@example.com" in shown) == (True, False)


def test_a_session_is_the_persons_whom_the_proxy_names(site: Site) -> None:
    cookie = site.through_nginx("/topics", "ann@example.com").headers["Set-Cookie"].split(";")[0]
    other = site.through_nginx("/topics", "小王", Cookie=cookie).body.decode()
    assert ("小王</a>" in other, "ann@example.com" in other) == (True, False)
    assert site.directly("/topics", Cookie=cookie).status == 401  # the proxy no longer vouches for it


def test_a_change_through_the_proxy_needs_token_and_origin(site: Site) -> None:
    shown = site.through_nginx("/topics", "ann@example.com")
    cookie = shown.headers["Set-Cookie"].split(";")[0]
    csrf = shown.body.decode().split('"X-CSRF-Token": "')[1].split('"')[0]
    for origin, token, status in [
        ("https://faq.example.com", csrf, 200),
        ("http://faq.example.com:80", csrf, 403),
        ("https://evil.example", csrf, 403),
        ("https://faq.example.com", "wrong", 403),
    ]:
        body = f"csrf={token}&text=hello"
        assert site.through_nginx("/try", "ann@example.com", body, Cookie=cookie, Origin=origin).status == status


def test_the_address_in_the_log_is_the_visitors(site: Site, workbench: Workbench) -> None:
    site.through_nginx("/accounts", "小王", **{"X__Forwarded__For": "8.8.8.8"})
    assert workbench.audit_log.entries()[0].address == HOST  # nginx replaces what the visitor claims


def test_only_the_named_proxy_is_believed(workbench: Workbench, tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.sqlite")
    accounts.add("ann", Role.ADMINISTRATOR)
    place = listening(8090, proxies=["10.0.0.1"], header="X-Forwarded-User", unknown=Role.READER)
    client = create_app(workbench, Access(place, accounts, "li")).test_client()

    def status(peer: str, name: str) -> int:
        headers = {"X-Forwarded-User": name, "X-Forwarded-For": "10.0.0.1"}
        return client.get(
            "/accounts", base_url="http://127.0.0.1:8090", headers=headers, environ_base={"REMOTE_ADDR": peer}
        ).status_code

    assert status("10.0.0.1", "ann") == 200
    assert status("10.0.0.2", "ann") == 401
    assert status("127.0.0.1", "ann") == 401
    assert status("10.0.0.1", "somebody new") == 403  # a reader, by the setting
