"""What one process of Rasa has handled no other handles again, nor does the same one after a restart."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from faq_component.rasa.channels import handled
from faq_component.rasa.channels.handled import Handled
from tests.rasa.channels.china.wechat_platform import WeChatPlatform
from tests.servers import ROOT

Send = Callable[[str], int]  # to a webhook; returns the status
ADDRESS = "https://bot.example/webhooks/twilio/webhook"


class Process:
    """A channel in a process of its own."""

    def __init__(self, name: str, credentials: dict[str, Any], folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.rasa.channels.one_channel", name, json.dumps(credentials)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.webhook = self.printed()

    def printed(self) -> str:
        """The next line of output."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def handled(self) -> list[str]:
        """The texts that are not read yet, up to the end of the process."""
        return self._process.communicate("")[0].splitlines()


def twilio() -> tuple[str, dict[str, Any], Callable[[str], Send]]:
    from twilio.request_validator import RequestValidator

    credentials = {"account_sid": "AC0", "auth_token": "t", "twilio_number": "+1", "webhook_url": ADDRESS}

    def message(text: str) -> Send:
        form = {"From": "+8613800138000", "Body": text, "MessageSid": f"SM{text}"}
        signature = RequestValidator("t").compute_signature(ADDRESS, form)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return lambda webhook: post(webhook, urlencode(form).encode(), headers)

    return "faq_component.rasa.channels.twilio.Twilio", credentials, message


def wechat() -> tuple[str, dict[str, Any], Callable[[str], Send]]:
    platform = WeChatPlatform()

    def message(text: str) -> Send:
        request = platform.sign(platform.message("u", text, platform.new_id()))
        return lambda webhook: post(f"{webhook}?{urlencode(request.query)}", request.body, request.headers)

    return "faq_component.rasa.channels.WeChat", {**platform.credentials(), "reply_seconds": 0.1}, message


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:  # the process was killed
        return 0


@pytest.fixture(params=[pytest.param(twilio, marks=pytest.mark.slow), wechat], ids=lambda kind: kind.__name__)
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Callable[[], Process], Any]]:
    name, credentials, message = request.param()
    with contextlib.ExitStack() as stack:

        def start() -> Process:
            process = Process(name, credentials, tmp_path)
            stack.callback(process.kill)
            return process

        yield start, message


def test_a_replay_to_another_process_and_after_a_restart_is_not_handled(channel: Any) -> None:
    start, message = channel
    first, second = start(), start()
    replayed = message("one")
    assert replayed(first.webhook) in {200, 204}
    assert first.printed() == "one"
    replayed(second.webhook)
    assert message("two")(second.webhook) in {200, 204}
    assert second.handled() == ["two"]
    assert first.handled() == []
    third = start()
    replayed(third.webhook)
    assert message("three")(third.webhook) in {200, 204}
    assert third.handled() == ["three"]


def test_what_a_killed_process_did_not_finish_is_handled_when_it_comes_again(channel: Any) -> None:
    start, message = channel
    first, second = start(), start()
    again = message("hang")
    sending = threading.Thread(target=again, args=(first.webhook,))
    sending.start()
    assert first.printed() == "hang"
    first.kill()
    sending.join()
    resending = threading.Thread(target=again, args=(second.webhook,))
    resending.start()
    assert second.printed() == "hang"
    second.kill()
    resending.join()


@pytest.mark.parametrize(
    ("change", "is_new"),
    [("started = 1", True), ("pid = 4194305", True), ("host = 'another'", False), ("pid = pid", False)],
    ids=["an earlier process with this number", "an ended one", "another container", "this one"],
)
def test_what_is_in_progress_depends_on_the_process(tmp_path: Path, change: str, is_new: bool) -> None:
    Handled("test", tmp_path).add("one")
    with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite")) as connection, connection:
        connection.execute("UPDATE deliveries SET " + change)  # noqa: S608
    assert (Handled("test", tmp_path).add("one") is None) == is_new
    with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite")) as connection, connection:
        connection.execute("UPDATE deliveries SET host = 'another', done = 0, at = at - 121")
    assert Handled("test", tmp_path).add("one") is None


def test_a_failed_delivery_and_another_content(tmp_path: Path) -> None:
    known = Handled("test", tmp_path)
    assert known.add("one", "content") is None
    earlier = Handled("test", tmp_path).add("one", "another")
    assert earlier is not None
    assert not earlier.is_same
    assert Handled("another", tmp_path).add("one") is None
    known.discard("one")
    assert known.add("one") is None


def test_a_file_that_cannot_be_used_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "handled.sqlite").write_bytes(b"no database" * 1000)
    known = Handled("test", tmp_path)
    assert known.add("one") is None
    assert known.add("one") is not None
    known.finish("one")
    known.discard("one")
    assert known.add("one") is None
    assert caplog.text.count("cannot be used (file is not a database); until it can, each process of Rasa") == 1


def test_what_is_done_while_the_file_cannot_be_used_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handled, "_PAUSE_SECONDS", 0)
    known = Handled("test", tmp_path)
    known.add("one")
    known.add("two")
    with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite", isolation_level=None)) as another:
        for number in range(1, 3):
            another.execute("BEGIN IMMEDIATE")
            known.finish("one")
            known.discard("two")
            assert caplog.text.count("cannot be used (database is locked)") == number
            another.execute("ROLLBACK")
            known.add(f"later {number}")
        done = another.execute("SELECT done FROM deliveries ORDER BY number").fetchall()
    assert done == [(1,), (0,), (0,)]
    assert Handled("test", tmp_path).add("two") is None


def test_old_deliveries_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handled, "_REMEMBERED", 30)
    monkeypatch.setattr(handled, "_OFTEN", 10)
    known = Handled("test", tmp_path)
    for number in range(100):
        assert known.add(str(number)) is None
    with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
    assert 30 <= count <= 41
    assert Handled("test", tmp_path).add("99") is not None
