"""A module run in a process of its own: it answers, and it ends with the process that asked, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faq_component.support.own_process import ask_apart
from tests.servers import ROOT
from tests.service.processes import wait_until

_ASKS = """
import sys
from faq_component.support.own_process import ask_apart
ask_apart("busy", sys.argv[1])
"""
_ASKS_IN_A_THREAD = """
import sys, threading, time
from faq_component.support.own_process import ask_apart
threading.Thread(target=ask_apart, args=("busy", sys.argv[1]), daemon=True).start()
time.sleep(600)
"""
_BUSY = """
import json, os, pathlib, sys
file = pathlib.Path(json.load(sys.stdin))
file.with_suffix(".new").write_text(str(os.getpid()))
file.with_suffix(".new").rename(file)
while True:
    pass
"""
_ANSWERS = """
import json, sys
print(json.dumps([json.load(sys.stdin), __name__]))
raise SystemExit(3)
"""


def _runs(number: int) -> bool:
    """Whether a process goes on; one that has ended may wait for somebody to ask for its status."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answers.py").write_text(_ANSWERS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    assert ask_apart("answers", {"a": 1}) == (3, [{"a": 1}, "__main__"])
    assert ask_apart("is_nowhere", {}) == (1, None)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells by Linux's /proc whether a process goes on")
@pytest.mark.parametrize("program", [_ASKS, _ASKS_IN_A_THREAD])
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_who_asked(tmp_path: Path, program: str, signal_number: int) -> None:
    file = tmp_path / "number"
    (tmp_path / "busy.py").write_text(_BUSY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    asking = subprocess.Popen([sys.executable, "-c", program, str(file)], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(file.exists)
        number = int(file.read_text())
        assert _runs(number)
        asking.send_signal(signal_number)
        asking.wait(60)
        wait_until(lambda: not _runs(number))
    finally:
        asking.kill()
        asking.wait()
        if file.exists() and _runs(int(file.read_text())):
            os.kill(int(file.read_text()), signal.SIGKILL)
