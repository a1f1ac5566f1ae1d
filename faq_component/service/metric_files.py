"""The files through which Prometheus's client adds up the metrics of several processes, on a disk that may be full."""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path
from typing import Any

from prometheus_client import mmap_dict, values

from faq_component.language import _

logger = logging.getLogger(__name__)

_SPACE = mmap_dict._INITIAL_MMAP_SIZE
_REST = 64  # bytes of an entry beside its key


class ReservedDict(mmap_dict.MmapedDict):
    """prometheus_client's `MmapedDict` whose space is reserved before it is written to.

    The client maps a file of holes into memory: where the disk is full, the first write into a hole kills the process
    (SIGBUS). What finds no space is kept in memory; ``/metrics`` lacks it.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        self._in_memory: dict[str, tuple[float, float]] = {}
        self._has_file = read_mode or _reserve_file(Path(filename))
        if self._has_file:
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def read_value(self, key: str) -> Any:
        """Return value and time of a key, which is added where it is missing."""
        if self._finds_room(key):
            return super().read_value(key)  # type: ignore[no-untyped-call]
        return self._in_memory.setdefault(key, (0.0, 0.0))

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Set the value of a key."""
        if self._finds_room(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]
        else:
            self._in_memory[key] = value, timestamp

    def close(self) -> None:
        """Close the file."""
        if self._has_file:
            super().close()  # type: ignore[no-untyped-call]

    def _finds_room(self, key: str) -> bool:
        """Whether the file has, or gets, room for a key."""
        if not self._has_file or key in self._in_memory:
            return False
        if key in self._positions or self._used + len(key.encode()) + _REST <= self._capacity:
            return True
        return _reserve(self._f.fileno(), 2 * self._capacity)


def use_reserved_files() -> None:
    """Have prometheus_client use `ReservedDict` for the metrics of this process."""
    vars(values)["MmapedDict"] = ReservedDict


def _reserve_file(file: Path) -> bool:
    """Make a file with room for the first entries; without room there is none."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        _report(error)
        return False
    try:
        if os.fstat(descriptor).st_size >= _SPACE or _reserve(descriptor, _SPACE):
            return True
        file.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def _reserve(descriptor: int, size: int) -> bool:
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        _report(error)
        return False
    return True


def _report(error: OSError) -> None:
    _report_once(error.strerror)


@functools.cache
def _report_once(reason: str) -> None:
    logger.warning(
        _("There is no room for metrics (%s): /metrics lacks what is counted meanwhile; questions are answered."),
        reason,
    )
