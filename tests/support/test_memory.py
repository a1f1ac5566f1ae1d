from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, threading
from faq_component.support.memory import release_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

def fit():
    pieces = [bytes(3000) for _ in range(50_000)]  # 143 MiB, in the arena of this thread
    kept.append(pieces[-1])  # at its top, so that the C library keeps the rest

kept = []
before = resident()
thread = threading.Thread(target=fit)
thread.start()
thread.join()
freed = resident()
release_memory()
print(before, freed, resident())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc, as on Linux")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_what_another_thread_has_freed_goes_back() -> None:
    printed = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    before, freed, after = map(int, printed.split())
    assert freed > before + 100
    assert after < before + 20
