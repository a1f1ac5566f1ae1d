"""A module of this package run in a process of its own: what it takes ends with it, and it ends with who asked.

``python -m faq_component.support.own_process MODULE PARENT`` runs a module as long as its parent has the process id.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

_WATCH_SECONDS = 0.5


def ask_apart(module: str, asked: Any) -> tuple[int, Any]:
    """Run ``python -m module``, give it `asked` as JSON on stdin, and return its status and what it says as JSON.

    The process ends within a second when this one does, however that happens. The answer is None where it says nothing
    that is JSON, such as when it is killed. What it writes to stderr goes where this process writes. `multiprocessing`
    would run the program again that has called it, where that is an unguarded script. Files in place of pipes: in a
    worker of the service, only the main thread may wait for gevent's.

    Raises:
        OSError: the process cannot be started, or the disk for temporary files is full.
    """
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
        json.dump(asked, given)
        given.seek(0)
        command = [sys.executable, "-m", __name__, module, str(os.getpid())]
        code = subprocess.run(command, stdin=given, stdout=said, check=False).returncode
        said.seek(0)
        try:
            return code, json.load(said)
        except ValueError:
            return code, None


def _end_with(parent: int) -> None:
    """End this process, whatever it does, once its parent is no longer the one with this id."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def main(module: str, parent: str) -> None:
    """Run a module, and end with the parent."""
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
