"""A cache of derived artefacts on disk, such as fitted models, keyed by everything that they are made from."""

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
    """Artefacts of one kind in a folder of their own, which can be deleted at any time.

    Each artefact is a file named after its origin: a line with a SHA-256, then the content. The checksum covers content
    and name, and is verified before the content is used. A damaged file is replaced. A folder that cannot be written
    costs only the time to make an artefact again; a read-only folder is read.

    Args:
        folder: created, for this user alone, on the first write.
        noun: name of the artefact in log messages, such as "confidence".
        version: of code and format; raise it where the same origin would give another artefact.
        kept: number of files to keep; the most recently used stay.
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
        """Return the artefact of an origin; make and keep it where it is missing.

        Args:
            made_from: everything that the artefact depends on, as JSON values; tuples count as lists.
            make: makes the artefact.
            to_bytes: serialises it.
            from_bytes: reads what `to_bytes` wrote; content that it rejects with a ValueError is replaced.
        """
        content = self.read(made_from)
        if content is not None:
            try:
                return from_bytes(content)
            except ValueError as error:
                logger.warning("%s cannot be used (%s); it is rebuilt.", self._file(made_from), error)
        logger.info("Making the %s; the next start finds it in %s.", self._noun, self._folder)
        made = make()
        self.write(made_from, to_bytes(made))
        return made

    def read(self, made_from: object) -> memoryview | None:
        """Return the content of an origin; None where it is missing or damaged."""
        file = self._file(made_from)
        try:
            content = memoryview(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            logger.warning("The %s in %s cannot be read (%s).", self._noun, file, error.strerror)
            return None
        if content[:_CHECKSUM] != _checksum(file, content[_CHECKSUM:]):
            logger.warning("The %s in %s is damaged; it is rebuilt.", self._noun, file)
            return None
        with contextlib.suppress(OSError):  # a read-only file is usable too
            file.touch()
        return content[_CHECKSUM:]

    def write(self, made_from: object, content: bytes) -> None:
        """Write the content of an origin, and remove the least recently used files."""
        file = self._file(made_from)
        try:
            private_folder(self._folder)
            write_atomically(file, _checksum(file, content) + content, private=True)
            for old in self._newest_first()[self._kept :]:
                old.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or error
            logger.warning("The %s cannot be kept in %s (%s).", self._noun, self._folder, reason)

    def _file(self, made_from: object) -> Path:
        key = json.dumps([self._version, made_from], sort_keys=True)
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}{_SUFFIX}"

    def _newest_first(self) -> list[Path]:
        """List the files, without those that another process removes meanwhile."""
        times: dict[Path, float] = {}
        for file in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                times[file] = file.stat().st_mtime
        return sorted(times, key=lambda file: -times[file])


def _checksum(file: Path, content: bytes | memoryview) -> bytes:
    total = hashlib.sha256(f"{file.name}\n".encode())
    total.update(content)
    return f"{total.hexdigest()}\n".encode()
