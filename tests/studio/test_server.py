"""The studio's server, over real connections: what strangers send neither fills the disk nor keeps others out."""

from __future__ import annotations

import contextlib
import http.client
import os
import resource
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faq_component.studio import server as studio_server
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.doors import Access
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.roles import Role
from faq_component.studio.access.sessions import Session
from faq_component.studio.app import create_app
from faq_component.studio.server import make_server
from faq_component.studio.workbench import Workbench
from tests.servers import free_port
from tests.service.processes import Reply
from tests.studio.conftest import pool_workbench

_HOST = "127.0.0.1"
_MIB = 1 << 20
_SECONDS = 60


class Site:
    """A studio that listens, with a person who is signed in."""

    def __init__(self, workbench: Workbench, folder: Path) -> None:
        self.access = Access(Listening(free_port()), Accounts(folder / "accounts.sqlite"), "li")
        session = Session("li", Role.ADMINISTRATOR)
        self.cookie = f"{self.access.cookie}={self.access.sessions.begin(session)}"
        self.csrf = session.csrf
        self.server = make_server(create_app(workbench, self.access), self.access)
        threading.Thread(target=self.server.run, daemon=True).start()

    def connected(self) -> socket.socket:
        return socket.create_connection((_HOST, self.access.listening.port), timeout=_SECONDS)

    def ask(self, method: str, place: str, body: Any = None, **headers: str) -> tuple[int, str]:
        answer = self.reply(method, place, body, **headers)
        return answer.status, answer.body.decode()

    def reply(self, method: str, place: str, body: Any = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection(_HOST, self.access.listening.port, timeout=_SECONDS)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, place, body, named, encode_chunked="Transfer-Encoding" in named)
            return Reply(connection.getresponse())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("server")
    with pool_workbench(folder) as workbench:
        made = Site(workbench, folder)
        yield made
        made.server.close()


def _bytes_in_files_without_a_name() -> int:
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(file.readlink()).endswith("(deleted)"):
                found += file.stat().st_size
    return found


def test_a_body_that_is_larger_than_any_upload_is_refused_before_it_is_sent(site: Site) -> None:
    with site.connected() as connection:
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "headers",
    [
        "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 33554432",
        "POST /exchange/files HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 33554432",
        "POST /nowhere HTTP/1.1\r\nTransfer-Encoding: chunked",
        "GET /topics HTTP/1.1\r\nCookie: faq_studio_{port}=guess\r\nTransfer-Encoding: chunked",
    ],
)
def test_of_a_body_of_a_stranger_next_to_nothing_is_kept(site: Site, headers: str) -> None:
    before = _bytes_in_files_without_a_name()
    sent = headers.format(port=site.access.listening.port)
    with site.connected() as connection:
        connection.sendall(f"{sent}\r\nHost: 127.0.0.1\r\n\r\n".encode())
        for _part in range(20):
            data = b"x" * _MIB
            connection.sendall(b"100000\r\n" + data + b"\r\n" if "chunked" in headers else data)
        assert _bytes_in_files_without_a_name() - before <= 2 * _MIB


def test_whose_session_has_ended_is_asked_to_sign_in_after_a_large_upload(site: Site) -> None:
    for cookie in ("", f"{site.access.cookie}=ended"):
        status, page = site.ask("POST", "/exchange/files", b"x" * (10 * _MIB), Cookie=cookie)
        assert (status, "Sign in" in page) == (401, True)


def _form(content: bytes, name: str = "q.csv") -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def test_an_upload_of_who_is_signed_in_is_taken_whole(site: Site) -> None:
    content = "question,answer\n几点开门,七点\n".encode()
    body, kind = _form(content + b"\n" * (20 * _MIB))
    headers = {"Cookie": site.cookie, "X_CSRF_Token": site.csrf, "Content_Type": kind}
    for chunked in (False, True):
        parts = (body[at : at + _MIB] for at in range(0, len(body), _MIB))
        coding = {"Transfer_Encoding": "chunked"} if chunked else {}
        answer = site.reply("POST", "/exchange/files", parts if chunked else body, **headers, **coding)
        assert answer.status == 302
        place = answer.headers["Location"]
        assert site.ask("POST", f"{place}/end", Cookie=site.cookie, X_CSRF_Token=site.csrf)[0] == 302


def test_a_form_that_is_too_large_is_refused_with_a_page(site: Site) -> None:
    for chunked in (False, True):
        body: Any = b"title=" + b"x" * (5 * _MIB)
        headers = {"Cookie": site.cookie, "X_CSRF_Token": site.csrf}
        headers["Content_Type"] = "application/x-www-form-urlencoded"
        if chunked:
            body, headers["Transfer_Encoding"] = iter([body]), "chunked"
        status, page = site.ask("POST", "/topics/new", body, **headers)
        assert (status, "2 MiB" in page) == (413, True)


def test_beside_150_silent_connections_a_request_is_answered(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for _silent in range(150):
            stack.enter_context(site.connected())
        assert site.ask("GET", "/sign-in", Connection="close")[0] == 200


def test_the_connection_that_was_silent_for_longest_makes_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_server, "_MOST_CONNECTIONS", 20)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(site.connected()) for _silent in range(40)]
        assert site.ask("GET", "/sign-in", Connection="close")[0] == 200
        assert silent[0].recv(1) == b""  # closed by the studio
        silent[-1].sendall(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert silent[-1].recv(12) == b"HTTP/1.1 200"


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2_000, reason="the system allows fewer files")
def test_the_server_holds_more_connections_than_select_does(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for _file in range(1_100):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        assert site.ask("GET", "/sign-in", Connection="close")[0] == 200


@pytest.mark.parametrize("begun", [b"", b"0\r\n"])
def test_a_line_of_a_chunk_that_does_not_end_is_refused(site: Site, begun: bytes) -> None:
    """Each read would look through all of it again."""
    with contextlib.closing(site.connected()) as connection:
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" + begun)
        with contextlib.suppress(OSError):  # it is closed while this is sent
            for _ in range(64):
                connection.sendall(b"a" * 1024)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(64).startswith(b"HTTP/1.1 400")


def test_a_cookie_of_another_application_may_be_in_any_encoding(site: Site) -> None:
    status, _body = site.ask("POST", "/sign-in", b"name=li", Cookie="lang=\xe9; other=1")
    assert 400 <= status < 500
