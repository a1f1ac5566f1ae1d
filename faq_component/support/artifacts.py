"""Derived things on disk, such as what was fitted to the FAQ: made once for each state of what they are made from."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from faq_component.support.files import private_folder, write_atomically

logger = logging.getLogger(__name__)

_SUFFIX = ".artifact"
_CHECKSUM = 2 * hashlib.sha256().digest_size + 1  # bytes of the first line of a file

T = TypeVar("T")


class ArtifactStore:
    """One kind of derived things in a folder of its own, which can be deleted at any time.

    Each is a file named after what it was made from: a line with a SHA-256, and the content. The checksum is verified
    before the content is used, and covers the name too. A damaged file is replaced. A folder that cannot be written
    costs only the time to make a thing again, and one that can only be read is read.

    Args:
        folder: made, for this user alone, when something is written to it.
        noun: of what is kept, for log messages, such as "confidence".
        version: of the code and the format; raise it where another thing would be made from the same.
        kept: files to keep; those used last stay.
    """

    def __init__(self, folder: str | Path, noun: str, *, version: int, kept: int = 32) -> None:
        self._folder, self._noun, self._version, self._kept = Path(folder), noun, version, kept

    def load_or_make(
        self,
        made_from: object,
        make: Callable[[], T],
        to_bytes: Callable[[T], bytes],
        from_bytes: Callable[[memoryview], T],
    ) -> T:
        """Return what is kept of the same origin; where there is nothing, make and keep it.

        Args:
            made_from: all that it depends on, as JSON values; tuples count as lists.
            make: makes it.
            to_bytes: its content as bytes.
            from_bytes: what `to_bytes` wrote; content that it refuses with a ValueError is replaced.
        """
        content = self.read(made_from)
        if content is not None:
            try:
                return from_bytes(content)
            except ValueError as error:
                logger.warning("%s cannot be used (%s); it is made again.", self._file(made_from), error)
        logger.info("Making the %s; the next start finds it in %s.", self._noun, self._folder)
        made = make()
        self.write(made_from, to_bytes(made))
        return made

    def read(self, made_from: object) -> memoryview | None:
        """The content of this origin; None where there is none, or it is damaged."""
        file = self._file(made_from)
        try:
            content = memoryview(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            logger.warning("The %s in %s cannot be read (%s).", self._noun, file, error.strerror)
            return None
        if content[:_CHECKSUM] != _checksum(file, content[_CHECKSUM:]):
            logger.warning("The %s in %s is damaged; it is made again.", self._noun, file)
            return None
        with contextlib.suppress(OSError):  # a file that can only be read is as good
            file.touch()
        return content[_CHECKSUM:]

    def write(self, made_from: object, content: bytes) -> None:
        """Keep the content of an origin, and remove the files that were used longest ago."""
        file = self._file(made_from)
        try:
            private_folder(self._folder)
            write_atomically(file, _checksum(file, content) + content)
            for old in self._newest_first()[self._kept :]:
                old.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or error
            logger.warning("The %s cannot be kept in %s (%s).", self._noun, self._folder, reason)

    def _file(self, made_from: object) -> Path:
        key = json.dumps([self._version, made_from], sort_keys=True)
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}{_SUFFIX}"

    def _newest_first(self) -> list[Path]:
        """The files, but for those that another process removes meanwhile."""
        times: dict[Path, float] = {}
        for file in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                times[file] = file.stat().st_mtime
        return sorted(times, key=lambda file: -times[file])


def _checksum(file: Path, content: bytes | memoryview) -> bytes:
    total = hashlib.sha256(f"{file.name}\n".encode())
    total.update(content)
    return f"{total.hexdigest()}\n".encode()
