"""Memory that has been freed, and goes back to the operating system."""

from __future__ import annotations

import contextlib
import ctypes


def release_memory() -> None:
    """Give freed memory back to the operating system, where the C library can do so (glibc).

    glibc keeps what a thread has freed in the arena that it took it from. A thread that now and then takes and frees
    much, such as one that fits a model, leaves arenas which other threads do not fill, and the process seems to grow.
    See ``man malloc_trim``.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
