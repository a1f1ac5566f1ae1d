"""The end of a program whose threads may be inside a library."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def end_process(status: int) -> NoReturn:
    """End this process with a status, after what is registered with `atexit`, and without ending its threads.

    The interpreter ends daemon threads as it ends itself. One that is inside a library written in C++ aborts the
    process then ("terminate called without an active exception"), and its status is that of a crash.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)
