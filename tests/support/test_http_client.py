"""The HTTP client against real servers that are slow, broken, far too talkative, or gone."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from faq_component.support.http_client import HttpClient, HttpError
from tests.servers import free_port

Behave = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """Behaves as it is told to; counts connections and requests."""

    behave: Behave
    connections = 0
    requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    sent: bytes

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.server.requests += 1
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with contextlib.suppress(OSError):  # the client may have gone
            self.server.behave(self)

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def echo(handler: Handler) -> None:
    handler.answer(handler.sent or handler.path.encode())


@contextlib.contextmanager
def running(behave: Behave, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.behave = behave
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_one_connection_is_kept_for_one_request_after_the_other() -> None:
    with running(echo) as server:
        client = HttpClient(server.url + "/", 5.0)
        for number in range(20):
            assert client.post("/any", {"number": number, "text": "运费\ud800"}).json()["number"] == number
        assert client.get("/path").body == b"/path"
        assert server.connections == 1


def test_an_address_is_asked_as_it_is_written() -> None:
    paths = []

    def note(handler: Handler) -> None:
        paths.append(handler.path)
        handler.answer(b"{}")

    with running(note) as server:
        for address in (f"{server.url}/desk/", f"{server.url}/desk"):
            for path in ("", "/v1"):
                HttpClient(address, 5.0).post(path, {})
    assert paths == ["/desk/", "/desk/v1", "/desk", "/desk/v1"]


def test_an_answer_in_chunks_is_read_whole_and_the_connection_is_kept() -> None:
    def chunks(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in (b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"):
            handler.wfile.write(part)

    with running(chunks) as server:
        client = HttpClient(server.url, 5.0)
        assert [client.get("/").body for _ in range(3)] == [b"abcde"] * 3
        assert server.connections == 1


def test_threads_have_connections_of_their_own() -> None:
    with running(echo) as server, ThreadPoolExecutor(6) as pool:
        client = HttpClient(server.url, 5.0)
        answers = list(pool.map(lambda number: client.post("/", number).json(), range(120)))
        assert answers == list(range(120))
        assert 1 <= server.connections <= 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_has_a_connection_of_its_own() -> None:
    with running(echo) as server:
        client = HttpClient(server.url, 5.0)
        client.get("/")
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                os._exit(0 if client.get("/child").body == b"/child" else 1)
            os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert client.get("/parent").body == b"/parent"
        assert server.connections == 2


def drip_head(handler: Handler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}":
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "40")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def hang(handler: Handler) -> None:
    time.sleep(1.0)
    handler.answer(b"{}")


def client_threads() -> set[threading.Thread]:
    """The threads of all clients that live now."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("faq-http")}


@pytest.mark.parametrize("slow", [drip_head, drip_body, hang])
def test_a_deadline_is_for_the_whole_request_and_it_goes_on_afterwards(slow: Behave) -> None:
    before = client_threads()
    with running(slow) as server:
        client = HttpClient(server.url, 0.3)
        with pytest.raises(HttpError, match=r"did not answer within 0\.3 s"):
            client.get("/")
        server.behave = echo
        assert client.get("/again").body == b"/again"
        time.sleep(0.7)  # the thread that was given up has come to its end
        assert server.requests == 2  # and has not asked again what nobody waits for
        assert len(client_threads() - before) <= 2


def test_busy_servers_and_broken_connections_are_tried_again() -> None:
    def after_two(handler: Handler) -> None:
        if handler.server.requests == 1:
            handler.answer(b"busy", 503, Retry_After="60")
        elif handler.server.requests == 2:
            handler.close_connection = True
        else:
            handler.answer(handler.sent)

    with running(after_two) as server:
        assert HttpClient(server.url, 5.0).post("/", "here").json() == "here"
    with running(lambda handler: handler.answer(b"busy", 503)) as server:
        answer = HttpClient(server.url, 5.0).get("/")
        assert (answer.status, answer.body, server.requests) == (503, b"busy", 3)


def test_other_statuses_are_the_callers_business() -> None:
    with running(lambda handler: handler.answer(b"", 302, Location="/other")) as server:
        assert HttpClient(server.url, 5.0).get("/").status == 302
        assert server.requests == 1
    with running(lambda handler: handler.answer(b"no", 500)) as server:
        assert HttpClient(server.url, 5.0).get("/").status == 500
        assert server.requests == 1


def test_an_answer_is_limited_also_when_it_is_packed() -> None:
    packed = gzip.compress(b" " * 5_000_000)
    with running(lambda handler: handler.answer(packed, Content_Encoding="gzip")) as server:
        assert len(packed) < 100_000
        with pytest.raises(HttpError, match="gave an answer of more than 100000 bytes"):
            HttpClient(server.url, 5.0, most_bytes=100_000).get("/")
        assert len(HttpClient(server.url, 5.0).get("/").body) == 5_000_000


def cut_short(handler: Handler) -> None:
    handler.answer(b"{}", Content_Length="300")
    handler.close_connection = True


def not_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    handler.close_connection = True


def two_lengths(handler: Handler) -> None:
    handler.answer(b"{}", Content_length="300")


def badly_packed(handler: Handler) -> None:
    handler.answer(b"not gzip", Content_Encoding="gzip")


@pytest.mark.parametrize("broken", [cut_short, not_http, two_lengths, badly_packed])
def test_an_answer_that_is_not_whole(broken: Behave) -> None:
    with running(broken) as server, pytest.raises(HttpError, match="gave an answer that is not whole HTTP"):
        HttpClient(server.url, 5.0).get("/")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 200_000])
def test_a_body_that_is_not_json(body: bytes) -> None:
    with running(lambda handler: handler.answer(body)) as server:
        answer = HttpClient(server.url, 5.0).get("/")
        assert answer.body == body
        with pytest.raises(ValueError, match=r".") as raised:
            answer.json()
        assert not isinstance(raised.value, RecursionError)


def test_a_server_that_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(HttpError, match=r"cannot be reached \(.*refused.*\); is it running\?"):
        HttpClient(f"http://127.0.0.1:{free_port()}", 5.0).get("/")
    assert caplog.text == ""  # urllib3 would tell each of the tries


def test_proxies_and_passwords_of_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with running(lambda handler: handler.answer(json.dumps(dict(handler.headers)).encode())) as server:
        assert "Authorization" not in HttpClient(server.url, 5.0).get("/").json()


def test_a_certificate_is_checked_against_the_authorities_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(echo, tls_context(tmp_path)) as server:
        client = HttpClient(server.url.replace("http:", "https:"), 5.0)
        with pytest.raises(HttpError, match=r"cannot be reached .*certificate"):
            client.get("/")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        trusting = HttpClient(server.url.replace("http:", "HTTPS:"), 5.0)
        assert trusting.get("/here").body == b"/here"


def tls_context(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that it has signed itself, for 127.0.0.1."""
    x509 = pytest.importorskip("cryptography.x509", reason="install the extra 'channels'")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private, pem = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def test_threads_that_live_beside_gevent(tmp_path: Path) -> None:
    """As in a process of `faq serve`, whose sockets are gevent's: each belongs to the thread that opened it."""
    pytest.importorskip("gevent", reason="install the extra 'serve'")
    code = """
import sys
from gevent import monkey
monkey.patch_all(thread=False, queue=False, os=False, subprocess=False, signal=False)
from concurrent.futures import ThreadPoolExecutor
from faq_component.support.http_client import HttpClient
client = HttpClient(sys.argv[1], 5.0)
with ThreadPoolExecutor(4) as pool:
    answers = list(pool.map(lambda number: client.post("/", number).json(), range(80)))
print(client.get("/main").body.decode(), answers == list(range(80)))
"""
    with running(echo) as server:
        command = [sys.executable, "-W", "ignore", "-c", code, server.url]
        done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
        assert done.stdout.split() == ["/main", "True"]
