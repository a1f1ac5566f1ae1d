"""`make chat` behind its Makefile: `faq chat` on a real terminal."""

from __future__ import annotations

import io
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from faq_component.cli import main
from faq_component.cli.chat import ACTIONS_PORT, RASA_PORT
from faq_component.dialogue.voice import read_voice
from faq_component.errors import StartError
from faq_component.rasa.process.launch import HOST, RASA_LOG, require_free_port
from faq_component.rasa.process.trained_model import MODELS, STAMP, is_current, stamp_of, training_digest
from tests.servers import ROOT, copy_checkout


def free(port: int) -> bool:
    try:
        require_free_port(port, "this test")
    except StartError:
        return False
    return True


CHAT = [sys.executable, "-m", "faq_component.cli", "chat"]


@pytest.fixture
def chat(trained: None, request: pytest.FixtureRequest) -> Iterator[pexpect.spawn]:
    """The bot in a terminal; the parameter is the command that is started there, if not the bot itself."""
    if not (free(RASA_PORT) and free(ACTIONS_PORT)):
        pytest.skip(f"port {RASA_PORT} or {ACTIONS_PORT} is taken on this machine")
    command, *arguments = getattr(request, "param", CHAT)
    process = pexpect.spawn(command, arguments, encoding="utf-8", timeout=120, dimensions=(40, 100))
    process.logfile_read = io.StringIO()
    process.expect("no training is needed")  # a second start must not train again
    process.expect("Your input ->")
    time.sleep(1)
    yield process
    process.terminate(force=True)


def test_a_conversation_without_noise_and_everything_ended_after_it(chat: pexpect.spawn) -> None:
    for text, answer in {
        "10点了 我要睡觉啦": "梦|晚安|休息",
        "太感谢你了": "助人|客气|开心|应该",
        "运费多少钱": "59",
    }.items():
        chat.sendline(text)
        chat.expect(answer, timeout=15)
        chat.expect("Your input ->")
        time.sleep(1)
    chat.sendline("/stop")
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0
    assert free(RASA_PORT)
    assert free(ACTIONS_PORT)
    shown = chat.logfile_read.getvalue()
    assert not [noise for noise in ("INFO", "DEBUG", "Deprecat", "tensorflow", "Traceback") if noise in shown]


def leave_at_the_prompt(chat: pexpect.spawn, key: str) -> None:
    chat.sendcontrol(key)


def leave_at_a_menu(chat: pexpect.spawn, key: str) -> None:
    chat.sendline("订单怎么取消")
    chat.expect("都不是", timeout=15)
    time.sleep(1)
    chat.sendcontrol(key)


@pytest.mark.parametrize(
    ("leave", "key"),
    [
        (leave_at_a_menu, "c"),
        pytest.param(leave_at_a_menu, "d", marks=pytest.mark.slow),
        pytest.param(leave_at_the_prompt, "c", marks=pytest.mark.slow),
        pytest.param(leave_at_the_prompt, "d", marks=pytest.mark.slow),
    ],
)
def test_one_key_ends_everything(chat: pexpect.spawn, leave: Callable[[pexpect.spawn, str], None], key: str) -> None:
    leave(chat, key)
    chat.expect(pexpect.EOF, timeout=20)
    chat.close()
    assert chat.exitstatus == 0
    assert free(RASA_PORT)
    assert free(ACTIONS_PORT)
    assert "Traceback" not in RASA_LOG.read_text("utf-8")


@pytest.mark.slow
def test_everything_is_ended_when_it_is_left_while_it_loads(trained: None) -> None:
    if not (free(RASA_PORT) and free(ACTIONS_PORT)):
        pytest.skip(f"port {RASA_PORT} or {ACTIONS_PORT} is taken on this machine")
    command, *arguments = CHAT
    process = pexpect.spawn(command, arguments, encoding="utf-8", timeout=120, dimensions=(40, 100))
    process.expect("The action server runs")
    process.sendcontrol("c")
    process.expect(pexpect.EOF, timeout=20)
    assert free(RASA_PORT)
    assert free(ACTIONS_PORT)


@pytest.mark.parametrize("sign", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_everything_is_ended_when_it_is_killed(chat: pexpect.spawn, sign: signal.Signals) -> None:
    assert not free(ACTIONS_PORT)
    os.kill(chat.pid, sign)
    chat.expect(pexpect.EOF, timeout=20)
    chat.close()
    assert free(RASA_PORT)
    assert free(ACTIONS_PORT)


@pytest.mark.slow
@pytest.mark.parametrize("chat", [["sh", "-c", f"trap '' HUP; {shlex.join(CHAT)}; true"]], indirect=True)
def test_everything_is_ended_when_the_terminal_is_closed_and_nobody_says_so(chat: pexpect.spawn) -> None:
    os.close(chat.child_fd)  # what runs in a terminal hears of its end from the first program there; this one is deaf
    deadline = time.monotonic() + 20
    while not (free(RASA_PORT) and free(ACTIONS_PORT)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert free(RASA_PORT)
    assert free(ACTIONS_PORT)


def test_a_taken_port_is_one_sentence(trained: None, capfd: pytest.CaptureFixture[str]) -> None:
    if not free(RASA_PORT):
        pytest.skip(f"port {RASA_PORT} is taken on this machine")
    with socket.create_server((HOST, RASA_PORT)):
        assert main(["chat"]) == 2
    assert "faq: Port 5005 is taken, and rasa shell needs it" in capfd.readouterr().err


@pytest.fixture
def stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models of a checkout of its own, one of them noted as made from what is there."""
    checkout = copy_checkout(tmp_path / "checkout")
    models = checkout / MODELS
    models.unlink()
    models.mkdir()
    (models / "encoder").symlink_to(ROOT / MODELS / "encoder")
    (models / "ours.tar.gz").touch()
    monkeypatch.chdir(checkout)
    STAMP.write_text(stamp_of(training_digest()), "utf-8")
    return models


def test_a_changed_source_makes_the_model_stale(stamped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_current()
    with monkeypatch.context() as patched:
        patched.setattr("faq_component.rasa.process.trained_model.version", lambda package: "another")
        assert not is_current()
    with monkeypatch.context() as patched:
        voice = read_voice("bot/voice/zh.yml")
        named = replace(voice, responses={**voice.responses, "utter_ask_order_form_phone": ("电话？",)})
        patched.setattr("faq_component.rasa.process.trained_model.read_voice", lambda file: named)
        assert not is_current()
    (stamped / "of_a_bare_rasa_train.tar.gz").touch()
    later = (stamped / "ours.tar.gz").stat().st_mtime_ns + 10**9
    os.utime(stamped / "of_a_bare_rasa_train.tar.gz", ns=(later, later))
    assert not is_current()
    (stamped / "of_a_bare_rasa_train.tar.gz").unlink()
    assert is_current()
