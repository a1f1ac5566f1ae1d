"""How the C library keeps memory that has been freed, in processes that run for weeks and fit a model now and then."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

# Parameters of mallopt, from glibc's malloc.h.
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_ARRAY_BYTES = 1 << 20


def share_memory() -> None:
    """Let threads take memory from one arena, and give large arrays pages of their own (glibc; see ``man mallopt``).

    By default each thread has its own arena, and what one thread frees is no use to the others: a process in which
    models are fitted in threads seems to grow. Here one arena is no bottleneck, since Python runs one thread at a time.
    To be called before threads are started.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = _libc()
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, _ARRAY_BYTES)


def release_memory() -> None:
    """Give freed memory back to the operating system (glibc; see ``man malloc_trim``)."""
    with contextlib.suppress(OSError, AttributeError):
        _libc().malloc_trim(0)


def _libc() -> Any:
    return ctypes.CDLL(None)
