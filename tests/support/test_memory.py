from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc, as on Linux"),
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc"),
]
# Prints the megabytes of the process at the start, after each of two threads has freed all that it took but the last
# piece, and once they are released.
PROGRAM = """
import os, sys, threading
from faq_component.support.memory import release_memory, share_memory

def show():
    print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20)

def take_and_free():
    pieces = [bytes(3000) for _ in range(50_000)]  # 143 MiB
    kept.append(pieces.pop())
    pieces.clear()
    freed.release()
    ended.wait()

if sys.argv[1:] == ["share"]:
    share_memory()
kept, freed, ended = [], threading.Semaphore(0), threading.Event()
show()
for _ in range(2):
    threading.Thread(target=take_and_free).start()
    freed.acquire()
    show()
release_memory()
show()
ended.set()
"""


def megabytes(*arguments: str) -> list[int]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return [int(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def test_what_threads_have_freed_goes_back() -> None:
    begun, _, second, released = megabytes()
    assert second > begun + 200
    assert released < begun + 20


def test_a_thread_takes_what_another_has_freed() -> None:
    begun, first, second, released = megabytes("share")
    assert first > begun + 100
    assert second < first + 20
    assert released < begun + 20
