"""`make web` behind its Makefile: `faq web` on a real terminal."""

from __future__ import annotations

import signal
import sys
import urllib.request
from pathlib import Path

import pexpect
import pytest

from faq_component.cli import main
from faq_component.cli.chat import ACTIONS_PORT
from tests.cli.test_chat import free

OTHER_PORT = 5105  # than the default


@pytest.mark.parametrize("command", ["web", "chat"])
@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_told(command: str, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, f"--port={port}"])
    assert f"'{port}' is not a port; it must be a whole number of 1 to 65535" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_page_is_served_until_it_is_ended_and_nothing_is_left(trained: None, sign: signal.Signals) -> None:
    if not (free(OTHER_PORT) and free(ACTIONS_PORT)):
        pytest.skip(f"port {OTHER_PORT} or {ACTIONS_PORT} is taken on this machine")
    conversations = Path(".faq/conversations.sqlite")
    were_there = conversations.exists()
    process = pexpect.spawn(
        sys.executable,
        ["-m", "faq_component.cli", "web", "--port", str(OTHER_PORT)],
        encoding="utf-8",
        timeout=180,
        dimensions=(40, 100),
    )
    try:
        process.expect(rf"http://127\.0\.0\.1:{OTHER_PORT}/chat/")
        with urllib.request.urlopen(f"http://127.0.0.1:{OTHER_PORT}/chat/", timeout=20) as page:
            assert "<title>在线客服</title>" in page.read().decode()
        assert were_there or conversations.stat().st_mode & 0o777 == 0o600
        process.kill(sign)
        process.expect(pexpect.EOF, timeout=30)
        process.close()
        assert process.exitstatus == (0 if sign is signal.SIGINT else 128 + sign)
        assert free(OTHER_PORT)
        assert free(ACTIONS_PORT)
    finally:
        process.terminate(force=True)
