"""A small file system, to see what a full disk does."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_FILE = "filling"


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of so many megabytes at a new folder; where that is not allowed, the test is skipped."""
    folder.mkdir()
    size = f"size={megabytes}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], capture_output=True)  # noqa: S607
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)  # noqa: S607


def fill(folder: Path) -> None:
    """Fill the file system to its last page."""
    with contextlib.suppress(OSError), (folder / _FILE).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def make_room(folder: Path) -> None:
    """Take away what filled it."""
    (folder / _FILE).unlink()
