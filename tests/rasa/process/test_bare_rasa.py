"""Rasa's own commands, as a Rasa user types them: in the checkout, without flags."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from faq_component.rasa.process.launch import HOST, quiet_environment
from tests.servers import ROOT, copy_checkout

RASA = str(Path(sys.executable).parent / "rasa")
TEMPLATE = """
version: "3.1"
stories:
- story: happy path 1
  steps:
  - user: hello there!
    intent: greet
  - action: utter_greet
"""
pytestmark = pytest.mark.usefixtures("trained")


def rasa(*arguments: str, checkout: Path | None = None) -> str:
    environment = {**quiet_environment(), "LOG_LEVEL": "INFO"}
    result = subprocess.run([RASA, *arguments], capture_output=True, text=True, env=environment, cwd=checkout)
    output = result.stdout + result.stderr
    assert result.returncode == 0, output[-3000:]
    return output


@contextlib.contextmanager
def running(*arguments: str, port: int) -> Iterator[None]:
    """A command of Rasa, until its port answers."""
    if listens(port):
        pytest.skip(f"port {port}, which `rasa {' '.join(arguments)}` uses, is taken on this machine")
    process = subprocess.Popen(
        [RASA, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=quiet_environment(),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not listens(port) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.5)
        assert listens(port), f"`rasa {' '.join(arguments)}` did not start"
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_train(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    (checkout / "models").unlink()
    (checkout / "models").mkdir()  # those of the checkout are used by tests that run meanwhile
    (checkout / "models/encoder").symlink_to(ROOT / "models/encoder")
    assert "Your Rasa model is trained" in rasa("train", checkout=checkout)


def test_validate_finds_no_conflict() -> None:
    output = rasa("data", "validate")
    assert "No story structure conflicts found" in output
    assert "is listed in the domain file, but is not found in the NLU training data" not in output


@pytest.fixture
def environment_in_the_checkout() -> Iterator[None]:
    """A Python environment with the conversation tests of another bot, as the installed Rasa has some."""
    with tempfile.TemporaryDirectory(dir=".faq") as folder:
        template = Path(folder, "lib/rasa/test_stories.yml")
        template.parent.mkdir(parents=True)
        template.write_text(TEMPLATE, "utf-8")
        Path(folder, "pyvenv.cfg").touch()
        yield


@pytest.mark.usefixtures("environment_in_the_checkout")
def test_test_writes_reports_of_conversations_intents_and_response_selection() -> None:
    rasa("test", "--no-plot")  # Rasa draws a matrix of all topics for minutes
    results = Path("results")
    stories = json.loads((results / "story_report.json").read_text("utf-8"))
    assert stories["conversation_accuracy"]["accuracy"] == 1.0
    assert stories["conversation_accuracy"]["total"] >= 12
    intents = json.loads((results / "intent_report.json").read_text("utf-8"))
    assert intents["order_enquiry"]["recall"] > 0.8
    assert intents["faq"]["support"] > 400
    assert json.loads((results / "response_selection_report.json").read_text("utf-8"))["weighted avg"]["support"] > 400


@pytest.mark.slow
def test_test_core_and_visualize_read_the_conversations_in_data() -> None:
    rasa("test", "core")
    stories = json.loads(Path("results/story_report.json").read_text("utf-8"))
    assert stories["conversation_accuracy"]["accuracy"] == 1.0
    assert stories["conversation_accuracy"]["total"] >= 12
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder, "graph.html")
        rasa("visualize", "--out", str(graph))
        assert "order_form" in graph.read_text("utf-8")


@pytest.mark.slow
def test_run_and_run_actions() -> None:
    with running("run", "actions", port=5055), running("run", port=5005):
        body = json.dumps({"sender": "bare", "message": "非常感谢"}).encode()
        url = f"http://{HOST}:5005/webhooks/rest/webhook"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        deadline = time.monotonic() + 60  # the port answers before the model is loaded
        answer: list[dict[str, str]] = []
        while not answer and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                answer = json.load(urllib.request.urlopen(request, timeout=30))
            time.sleep(0.5)
        assert answer
        assert "出了点小问题" not in answer[0]["text"]


@pytest.mark.slow
def test_shell() -> None:
    with running("run", "actions", port=5055):
        shell = pexpect.spawn(RASA, ["shell"], encoding="utf-8", timeout=120, dimensions=(40, 100))
        shell.expect("Your input ->")
        time.sleep(1)
        shell.sendline("唉，该休息了")
        shell.expect("好梦|被子|小答", timeout=15)
        shell.expect("Your input ->")
        shell.sendline("/stop")
        shell.expect(pexpect.EOF)
