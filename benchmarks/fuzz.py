"""Malformed HTTP requests against real servers: ``python -m benchmarks.fuzz --requests 1000``.

Rasa with all channels, its socket, the action server and ``faq serve`` get requests in which method, address, version,
headers, lengths, chunks or bodies are wrong, the same ones at each run. Each has to be refused or its connection
closed, and after each hundred a good request has to be answered.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import socket
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.posting import running_with_all_channels
from tests.service.faqs import TOKEN
from tests.service.processes import Serving, send

_SOON_SECONDS = 0.3  # without an answer, the client says that it sends no more
_SECONDS = 30  # without an answer to that, the server hangs
_STATUS_BYTES = len("HTTP/1.1 200")
_EVERY = 100  # malformed requests between two good ones
_UNSUPPORTED = (501, 505)  # what HTTP has for methods, codings and versions that a server does not know
CHANNELS = (
    *("rest", "callback", "slack", "telegram", "facebook", "twilio", "mattermost", "rocketchat", "webexteams"),
    *("botframework", "wechat", "wecom", "feishu", "dingtalk"),
)


@dataclass
class Draft:
    """A request in parts; `is_odd` where some servers may rightly answer it."""

    method: bytes
    target: bytes
    body: bytes
    version: bytes = b"HTTP/1.1"
    headers: list[bytes] = field(default_factory=list)
    end: bytes = b"\r\n"
    has_length: bool = True
    is_odd: bool = False

    def content(self) -> bytes:
        """The request as bytes."""
        length = [b"Content-Length: %d" % len(self.body)] if self.has_length else []
        lines = [b" ".join([self.method, self.target, self.version]), b"Host: 127.0.0.1", *length, *self.headers]
        return self.end.join([*lines, b"", b""]) + self.body


@dataclass(frozen=True)
class Target:
    """A server, the good requests that are spoilt, and a check that it still answers."""

    name: str
    port: int
    good: Sequence[tuple[str, bytes]]  # addresses with bodies
    is_well: Callable[[], bool]
    headers: tuple[bytes, ...] = (b"Content-Type: application/json",)
    takes_any_body: bool = False


_METHODS = (
    *(b"G ET", b"", b"\x00POST", b"PO\xffST", b"A" * 300, b"P\tOST", b"POST/", b'"POST"', b"P" * 70_000),
    *(b"\r\nPOS T", b"post", b"PR", b"P\x1b[2JOST"),
)
_TARGETS = (
    *(b"/\xff\xfe", b"/\x00", b"/a b", b"", b"nothing", b"/" + b"a" * 20_000, b"/?" + b"a=1&" * 20_000, b"?=&=&"),
    *(b"http://", b"http://[::1", b"/" + b"../" * 500 + b"etc/passwd", b"/%00%ff%zz", b"/\x1b[2J", b"\xe4\xb8\xad"),
    *(b"//", b"/webhooks/none/webhook", b"/v1/none", b"http://[bad]:port/"),
)
_VERSIONS = (b"HTTP/9.9", b"HTP/1.1", b"HTTP/1.1\x00", b"HTTP/-1.1", b"HTTP/1.1 more", b"HTTP/" + b"1" * 5_000, b"1.1")
_HEADERS = (
    *([b"no colon"], [b": no name"], [b"bad name: a"], [b"a\x00b: c"], [b"\xff\xfe: a"], [b"a(b): c"]),
    *([b"X: " + b"a" * 100_000], [b"X-%d: a" % number for number in range(2_000)], [b"X" * 100_000 + b": a"]),
)
_LENGTHS = (
    *(b"-1", b"-0", b"+2", b"1_0", b"2.0", b"two", b"", b"0x10", b"9" * 5_000, b"2, 3", b"\xef\xbc\x92", b"1e3"),
    *(b"2\r\nContent-Length: 3", b"2\r\nTransfer-Encoding: chunked", b"5000"),
)
_CODINGS = (*(b"chunked",) * 8, b"gzip", b"chunked, chunked", b"chunke", b"")
_CHUNKS = (
    *(b"-1\r\nab\r\n0\r\n\r\n", b"zz\r\nab\r\n", b"\r\n\r\n", b"5\r\nab\r\n0\r\n\r\n", b"2\r\nab"),
    *(b"2;" + b"x" * 90_000, b"f" * 17 + b"\r\nab", b"f" * 5_000 + b"\r\nab", b"2\nab\n0\n\n"),
    *(b"0x2\r\nab\r\n0\r\n\r\n", b"2\r\nabXX0\r\n\r\n", b"+2\r\nab\r\n0\r\n\r\n", b" 2\r\nab\r\n0\r\n\r\n"),
    *(b"7fffffffffffffff\r\nab\r\n", b"1\r\n{\r\n" * 3),
)
_BODIES = (
    *(b"", b"{", b"[]", b"null", b"3", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 50_000),
    *(b'{"text": 5}', b'{"message": ["a"]}', b'{"sender": {}, "message": "a"}', b'{"text": "\\ud800"}', b"<xml>"),
    *(b'{"next_action": 5}', b'{"next_action": "action_faq_answer"}', b'{"next_action": "x", "tracker": {}}'),
    *(b'{"next_action": "action_faq_answer", "tracker": []}', b'{"text": ' + b"9" * 10_000 + b"}", b"a=b&a=%zz"),
    *(b"a" * 3_000_000, b'{"text": "' + b"\\u0000" * 3_000 + b'", "k": -1}'),
)
_TYPES = (
    *(b"text/plain", b"application/json; charset=klingon", b"/", b";;;", b"multipart/form-data", b"\xff"),
    *(b"a" * 4_000, b"application/x-www-form-urlencoded"),
)
_CONTENTS = (b"", b"x", b"[]", b"null", b"{}", b"\xff", b'{"next_action": 5}', b" " * (17 << 20))
_PACKED = tuple(
    packed for content in map(zlib.compress, _CONTENTS) for packed in (content, content[:-1], b"packed " + content)
)
_UPGRADES = (b"?EIO=4&transport=websocket", b"?EIO=9", b"?EIO=4&sid=none", b"?EIO=4&transport=tcp", b"")


def _spoil_method(draft: Draft, draw: random.Random) -> None:
    draft.method = draw.choice(_METHODS)


def _spoil_target(draft: Draft, draw: random.Random) -> None:
    draft.target = draw.choice(_TARGETS)


def _spoil_version(draft: Draft, draw: random.Random) -> None:
    draft.version = draw.choice(_VERSIONS)


def _spoil_headers(draft: Draft, draw: random.Random) -> None:
    draft.headers += draw.choice(_HEADERS)


def _spoil_lines(draft: Draft, draw: random.Random) -> None:
    draft.end = draw.choice((b"\r", b"\n\r", b"\x00\r\n", b" ", b""))


def _spoil_length(draft: Draft, draw: random.Random) -> None:
    draft.has_length = False
    draft.headers.append(b"Content-Length: " + draw.choice(_LENGTHS))


def _spoil_chunks(draft: Draft, draw: random.Random) -> None:
    draft.has_length = False
    draft.headers.append(b"Transfer-Encoding: " + draw.choice(_CODINGS))
    draft.body = draw.choice(_CHUNKS)


def _spoil_body(draft: Draft, draw: random.Random) -> None:
    draft.body = draw.choice(_BODIES)


def _spoil_packing(draft: Draft, draw: random.Random) -> None:
    draft.headers.append(b"Content-Encoding: deflate")
    draft.body = draw.choice(_PACKED)


def _spoil_type(draft: Draft, draw: random.Random) -> None:
    others = (b"X: a", b"Content-Encoding: gzip", b"Content-Encoding: none", b"Expect: tea")
    draft.headers = [b"Content-Type: " + draw.choice(_TYPES), draw.choice(others)]


def _spoil_upgrade(draft: Draft, draw: random.Random) -> None:
    draft.method = b"GET"
    draft.target = draft.target.split(b"?")[0] + draw.choice(_UPGRADES)
    draft.headers += [b"Connection: Upgrade", b"Upgrade: " + draw.choice((b"websocket", b"h2c", b"\xff", b"tea"))]
    draft.headers.append(b"Sec-WebSocket-Key: " + draw.choice((b"", b"short", b"\xff", b"dGhlIHNhbXBsZSBub25jZQ==")))
    draft.headers.append(b"Sec-WebSocket-Version: " + draw.choice((b"13", b"-1", b"a")))
    draft.body = draw.randbytes(draw.randrange(200))


SPOIL = (
    *(_spoil_method, _spoil_target, _spoil_version, _spoil_headers, _spoil_lines, _spoil_length, _spoil_chunks),
    *(_spoil_body, _spoil_packing, _spoil_type, _spoil_upgrade),
)


def malformed(target: Target, number: int) -> tuple[str, Draft]:
    """Return a malformed request and what is wrong with it; the same for the same number."""
    draw = random.Random(f"{target.name} {number}")
    address, body = draw.choice(target.good)
    draft = Draft(b"POST", address.encode(), body, headers=list(target.headers))
    kinds = draw.sample(SPOIL, draw.choice([1, 1, 1, 2]))
    for spoil in kinds:
        spoil(draft, draw)
    odd = {_spoil_target, _spoil_type, _spoil_upgrade}
    if target.takes_any_body:
        odd |= {_spoil_body, _spoil_packing}
    draft.is_odd = not odd.isdisjoint(kinds)
    return " and ".join(spoil.__name__.removeprefix("_spoil_") for spoil in kinds), draft


def ask(port: int, content: bytes) -> int | None:
    """Send bytes; return the status of the answer, 0 where the connection was closed, None where the server hangs."""
    with socket.create_connection((HOST, port), timeout=_SECONDS) as connection:
        with contextlib.suppress(OSError):  # the server may close before it has read all
            connection.sendall(content)
        received = b""
        try:
            connection.settimeout(_SOON_SECONDS)
            with contextlib.suppress(socket.timeout):
                received = connection.recv(100)
                if not received:
                    return 0
            connection.settimeout(_SECONDS)
            if not received:
                connection.shutdown(socket.SHUT_WR)
                received = connection.recv(100)
            while len(received) < _STATUS_BYTES and (more := connection.recv(100)):
                received += more
        except TimeoutError:
            return None
        except OSError:
            return 0
    status = re.match(rb"HTTP/\d\.\d (\d{3})", received)
    return int(status[1]) if status else 0


def _outcome(status: int | None) -> str:
    if status is None:
        return "hanging"
    if status == 0:
        return "closed"
    return "answered" if status < 400 else "refused"


def faults_of(target: Target, count: int, outcomes: Counter[str]) -> Iterator[str]:
    """Send malformed requests; yield what was not refused, and where the server answers no more."""
    for number in range(count):
        kinds, draft = malformed(target, number)
        status = ask(target.port, draft.content())
        if status is None:
            yield f"{target.name}, request {number}: it hangs ({kinds})"
        elif (status >= 500 and status not in _UNSUPPORTED) or (0 < status < 400 and not draft.is_odd):
            yield f"{target.name}, request {number}: {status} ({kinds}) {draft.content()[:200]!r}"
        outcomes[_outcome(status)] += 1
        if (number + 1) % _EVERY == 0 and not target.is_well():
            yield f"{target.name}: it answers no good request after {number + 1}"


def rasa_target(port: int, channels: Sequence[str]) -> Target:
    """Rasa with channels, and the web chat with its socket."""
    message = json.dumps({"sender": "fuzz", "message": "晚安", "text": "晚安"}).encode()
    addresses = [f"/webhooks/{channel}/webhook" for channel in channels]
    socket_io = "/chat/socket.io/?EIO=4&transport=polling"
    good = [(address, message) for address in addresses]
    good += [("/chat/conversation", b'{"session_id": "0"}'), (socket_io, b'42["user_uttered",{}]'), (socket_io, b"40")]

    def is_well() -> bool:
        reply = send(port, "POST", "/webhooks/rest/webhook", {"sender": "well", "message": "晚安"})
        return reply.status == 200 and len(reply.json()) > 0

    return Target("Rasa", port, good, is_well)


def actions_target(port: int) -> Target:
    """The action server."""
    call = json.dumps({"next_action": "action_faq_fallback", "tracker": {"sender_id": "a", "slots": {}}}).encode()

    def is_well() -> bool:
        return send(port, "GET", "/health").status == 200

    # A call without an action is answered 200, with nothing.
    return Target("action server", port, [("/webhook", call)], is_well, takes_any_body=True)


def service_target(port: int) -> Target:
    """``faq serve``."""
    good = [
        (address, '{"text": "晚安"}'.encode()) for address in ("/v1/answer", "/v1/recall", "/v1/search", "/v1/encode")
    ]
    headers = (b"Content-Type: application/json", f"Authorization: Bearer {TOKEN}".encode())

    def is_well() -> bool:
        return send(port, "POST", "/v1/answer", {"text": "晚安"}, Authorization=f"Bearer {TOKEN}").status == 200

    return Target("faq serve", port, good, is_well, headers)


def main(given: Sequence[str] | None = None) -> int:
    """Send malformed requests to each server, and print how many were not refused."""
    parser = argparse.ArgumentParser(description="send malformed requests to the servers")
    parser.add_argument("--requests", type=int, default=1_000, help="requests to each server (1000)")
    count = parser.parse_args(given).requests
    faults: list[str] = []
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, FakePlatforms() as platforms:
        folder = Path(name)
        with running_with_all_channels(folder, platforms) as bot, Serving(folder, {}) as service:
            for target in (
                rasa_target(bot.port, CHANNELS),
                actions_target(bot.actions_port),
                service_target(service.port),
            ):
                faults += faults_of(target, count, outcomes)
    for fault in faults:
        print(fault)
    counts = ", ".join(f"{number:,} {outcome}" for outcome, number in outcomes.most_common())
    print(f"{len(faults)} of {3 * count:,} malformed requests were not refused; {counts}")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
