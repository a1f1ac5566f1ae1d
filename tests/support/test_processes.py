"""Processes, told from others with the same number."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.support.processes import Process

HERE = Process.current()


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="tells by Linux's /proc when a process began")
@pytest.mark.parametrize(
    ("process", "runs"),
    [
        (HERE, True),
        (replace(HERE, host="another"), None),
        (replace(HERE, started="1"), False),
        (replace(HERE, started=(HERE.started or "").partition("@")[0]), True),  # noted by an earlier version
        (replace(HERE, started=(HERE.started or "").partition("@")[0] + "@1"), None),
        (replace(HERE, pid=4_194_305), False),
        (replace(HERE, pid=4_194_305, started="1@1"), None),
    ],
    ids=["this one", "another host", "began earlier", "no namespace", "container", "ended", "ended in a container"],
)
def test_a_process_runs_or_has_ended_or_cannot_be_seen(process: Process, runs: bool | None) -> None:
    assert process.runs() is runs


def test_one_that_was_waited_for_has_ended() -> None:
    program = "from faq_component.support.processes import *; p = Process.current(); print(p.host, p.pid, p.started)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert Process(said[0], int(said[1]), said[2]).runs() is False
