"""The cheap faults put to a bare Rasa and to Rasa with this package: ``python -m benchmarks.bare_rasa``.

The bare one has Rasa's own components and channel, a rule, and two intents, so that it does less for each message. A
server that answers nothing any more is started again. One figure a line for each of the two; 1 where the one with this
package is not within the lines: all refused, none failed, all answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import aiohttp
import numpy as np

from benchmarks.machine import machine
from faq_component.dialogue.voice import read_voice
from faq_component.rasa.process.launch import HOST, quiet_environment
from tests.servers import Bot, copy_checkout, free_port

_FILES = {
    "config.yml": """recipe: default.v1
assistant_id: bare
language: zh
pipeline: [{name: JiebaTokenizer}, {name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
""",
    "domain.yml": """version: "3.1"
intents: [greet, part]
responses: {utter_greet: [{text: 你好}]}
""",
    "data/nlu.yml": """version: "3.1"
nlu:
- {intent: greet, examples: "- 你好\\n- hello\\n"}
- {intent: part, examples: "- 再见\\n- bye\\n"}
""",
    "data/rules.yml": """version: "3.1"
rules:
- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
""",
    "credentials.yml": "rest:\n",
}
_HEAD = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def _post(body: bytes) -> bytes:
    return _HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


HOSTILE = (
    _HEAD + b"Content-Length: -1\r\n\r\n",
    _HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{",
    _HEAD + b"Content-Length: x\r\n\r\n{}",
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    _post(b"{"),
    _post(b"[]"),
    _post(b"null"),
    _post(b'{"message":1}'),
    _post(b'{"sender":[],"message":"hi"}'),
    _post(b'{"sender":"a","message":"hi \\ud800 there"}'),
    _post(b"{}").replace(b"application/json", b"text/plain"),
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
)
_PARTS = (
    "\x00",
    "\u202e" * 100,
    "👨‍👩‍👧‍👦" * 50,
    "e\u0301" * 200,
    "\x1b]0;x\x07",
    " ",
    "/",
    "/{",
    "/greet{",
    '/greet{"a":',
)
ODD = (*_PARTS, *(character * 10_000 for character in "@你a1👍龘"))
_HALF_OPEN = 1_500
_GOOD = 15
_AT_ONCE = 200
_SECONDS = 10.0  # that a good request may take


Restart = Callable[[], None]
Measured = tuple[str, bool]
"""A figure, and whether it is within the line."""


class BareRasa:
    """A Rasa server of Rasa's own parts, trained and started in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        for name, text in _FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        self._run("train", check=True).wait()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = self._run("run", "--interface", HOST, "--port", str(self.port))
        deadline = time.monotonic() + 120
        while not answers(self.port, 1) and time.monotonic() < deadline:
            time.sleep(0.5)

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _run(self, *arguments: str, check: bool = False) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "rasa", *arguments],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=quiet_environment(),
            start_new_session=True,
        )
        if check and process.wait(300):
            raise SystemExit(f"`rasa {arguments[0]}` of the bare Rasa failed")
        return process


def say(port: int, text: str, seconds: float = _SECONDS) -> int:
    """Send a message over REST; return the status, 0 where none comes in time."""
    body = json.dumps({"sender": str(time.monotonic_ns()), "message": text}).encode()
    request = urllib.request.Request(
        f"http://{HOST}:{port}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310 (of this machine)
            response.read()
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def answers(port: int, seconds: float = _SECONDS) -> bool:
    """Whether a good message is answered in time."""
    return say(port, "你好", seconds) == 200


def hostile(port: int, restart: Restart) -> Measured:
    """Malformed requests: how many were refused with 4xx or closed, and after how many a good one was answered."""
    refused = after = 0
    for raw in HOSTILE:
        status = b"closed"
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 5) as connection:
            connection.settimeout(5)
            connection.sendall(raw)
            try:
                status = connection.recv(12)[9:10] or b"closed"
            except TimeoutError:
                status = b"silent"
        refused += status in (b"4", b"closed")
        if answers(port):
            after += 1
        else:
            restart()
    figure = f"{refused} of {len(HOSTILE)} refused; a good one answered after {after}"
    return figure, refused == after == len(HOSTILE)


def odd(port: int, restart: Restart) -> Measured:
    """Odd characters: how many messages were answered with 5xx or not at all, and the longest wait."""
    failed, longest = 0, 0.0
    for text in ODD:
        begun = time.monotonic()
        status = say(port, text)
        longest = max(longest, time.monotonic() - begun)
        failed += status == 0 or status >= 500
        if not status and not answers(port):
            restart()
    return f"{failed} of {len(ODD)} failed; the longest took {longest:.2f} s", not failed


def half_open(port: int, _restart: Restart) -> Measured:
    """Connections that send nothing: how many of the good requests beside them are answered."""
    opened: list[socket.socket] = []
    with contextlib.suppress(OSError):
        for _ in range(_HALF_OPEN):
            opened.append(socket.create_connection((HOST, port), 5))  # noqa: PERF401
    good = sum(answers(port, 5) for _ in range(_GOOD))
    for connection in opened:
        connection.close()
    return f"beside {len(opened):,}, {good} of {_GOOD} good ones answered within 5 s", good == _GOOD


def too_much(port: int, _restart: Restart) -> Measured:
    """So many clients at once: how many got an answer, how many a sentence that asks to come again, and the waits."""
    found = asyncio.run(_ask_at_once(port))
    sorry = read_voice("bot/voice/zh.yml").first("utter_unavailable")
    parts = []
    for label, refused in (("answered", False), ("asked to come again", True)):
        seconds = [each.seconds for each in found if each.text and (each.text == sorry) is refused]
        median, most = np.percentile(seconds, (50, 99)) if seconds else (0.0, 0.0)
        parts.append(f"{len(seconds)} {label}, p50 {median:.2f} s, p99 {most:.2f} s")
    return "; ".join(parts), all(each.text for each in found)


class _Said(NamedTuple):
    text: str  # empty where none came
    seconds: float


async def _ask_at_once(port: int) -> list[_Said]:
    async def ask(number: int) -> _Said:
        begun, text = time.monotonic(), ""
        with contextlib.suppress(aiohttp.ClientError, OSError, ValueError, LookupError, asyncio.TimeoutError):
            message = {"sender": f"at-once-{number}", "message": "你好"}
            async with session.post(f"http://{HOST}:{port}/webhooks/rest/webhook", json=message) as response:
                text = str((await response.json(content_type=None))[0]["text"])
        return _Said(text, time.monotonic() - begun)

    # One thread for all, since threads of clients would take the cores from the server.
    unbounded, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(60)
    async with aiohttp.ClientSession(connector=unbounded, timeout=timeout) as session:
        return await asyncio.gather(*map(ask, range(_AT_ONCE)))


PROBES: Mapping[str, Callable[[int, Restart], Measured]] = {
    "hostile requests": hostile,
    "odd characters": odd,
    "half-open connections": half_open,
    "ten times too much": too_much,
}


@contextlib.contextmanager
def _bare(folder: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    bare = BareRasa(folder)
    bare.start()

    def restart() -> None:
        bare.stop()
        bare.start()

    try:
        yield bare.port, restart
    finally:
        bare.stop()


@contextlib.contextmanager
def _ours(folder: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    with Bot(folder, copy_checkout(folder / "checkout")) as bot:

        def restart() -> None:
            bot.kill_rasa()
            bot.start_rasa()
            bot.wait()

        yield bot.port, restart


def main() -> int:
    """Measure both, and print the figures side by side."""
    print(machine())
    figures: dict[str, list[Measured]] = {name: [] for name in PROBES}
    for serve in (_ours, _bare):
        with tempfile.TemporaryDirectory() as name, serve(Path(name)) as (port, restart):
            answers(port, 60)
            for probe, measure in PROBES.items():
                figures[probe].append(measure(port, restart))
                print(f"{serve.__name__.strip('_'):5} {probe:24} {figures[probe][-1][0]}", flush=True)
    lines = [f"{probe}: {ours} (bare Rasa: {bare})" for probe, ((ours, _), (bare, _)) in figures.items()]
    print("; ".join(lines))
    return int(not all(measured[0][1] for measured in figures.values()))


if __name__ == "__main__":
    raise SystemExit(main())
