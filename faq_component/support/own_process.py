"""A module of this package run in a process of its own: what it takes ends with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any


def ask_apart(module: str, asked: Any) -> tuple[int, Any]:
    """Run ``python -m module``, give it `asked` as JSON on stdin, and return its status and what it says as JSON.

    The answer is None where it says nothing that is JSON, such as when it is killed. What it writes to stderr goes
    where this process writes. `multiprocessing` would run the program again that has called it, where that is an
    unguarded script. Files in place of pipes: in a worker of the service, only the main thread may wait for gevent's.

    Raises:
        OSError: the process cannot be started, or the disk for temporary files is full.
    """
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
        json.dump(asked, given)
        given.seek(0)
        code = subprocess.run([sys.executable, "-m", module], stdin=given, stdout=said, check=False).returncode
        said.seek(0)
        try:
            return code, json.load(said)
        except ValueError:
            return code, None
