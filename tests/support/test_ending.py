"""The end of a program whose threads are inside a library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

_BUSY = """
import atexit, sys, threading
from faq_component.assistant.build_encoders import build_encoder
from faq_component.settings import Settings
from faq_component.support.ending import end_process

encoder, begun = build_encoder(Settings(cache_dir=sys.argv[1], threads=1)), threading.Event()

def work():
    while True:
        encoder.encode([str(number) for number in range(64)])
        begun.set()

for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
begun.wait()
atexit.register(print, "registered")
end_process(3)
"""


def test_the_status_is_kept_and_what_is_registered_is_done(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUSY, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "registered\n", "")
