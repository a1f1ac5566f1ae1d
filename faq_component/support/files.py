"""Atomic file writes, locks and digests."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from faq_component.errors import FaqError
from faq_component.language import _

_CHUNK = 1 << 20


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write to a temporary name in the same folder, sync, rename over `path`, and sync the folder.

    After a crash or power cut at any moment the file has either the old content or the new. Missing parent folders are
    created. An existing file keeps its permissions; a new one gets the default ones, or is for this user alone where it
    is `private`, and so are the folders. On any error the old content stays
    and the temporary file is removed.
    """
    if private:
        private_folder(path.parent)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    # The system applies the umask to a new file; to read it Python has to set it, for all threads.
    descriptor, temporary = _created_beside(path, 0o600 if private or mode is not None else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_named(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file whose name the user gave, atomically; where it is `private`, it is for this user alone from now on.

    Raises:
        FaqError: it cannot be written.
    """
    try:
        if private and path.exists():
            path.chmod(0o600)
        write_atomically(path, data, private=private)
    except OSError as error:
        raise FaqError(
            _("{path} cannot be written: {reason}; name another place").format(path=path, reason=error.strerror)
        ) from error


def private_folder(path: str | Path) -> Path:
    """Return a folder; create it, and those above it, with access for this user alone where they are missing.

    Raises:
        OSError: it cannot be created.
    """
    folder = Path(path)
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def private_file(path: Path) -> Path:
    """Return a file in a `private_folder`; create it, empty, for this user alone where it is missing.

    A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this process, and
    another process could then damage it (sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        OSError: it cannot be created.
    """
    private_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return path


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of a file; other processes and threads wait for it.

    The file is created where it is missing, its folder is not.

    Raises:
        OSError: the file cannot be written.
    """
    with file.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def locked_where_possible(file: Path) -> Iterator[None]:
    """Hold the lock of a file in a private folder, for processes to share what one computes.

    Where the file cannot be written, as on a full disk, each computes it for itself.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            private_folder(file.parent)
            stack.enter_context(locked(file))
        yield


def digest(path: Path) -> str | None:
    """SHA-256 of a file's content, or of names and contents of all files in a folder; None where it does not exist.

    Raises:
        OSError: a file cannot be read.
    """
    if not path.exists():
        return None
    total = hashlib.sha256()
    for file in sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]:
        content = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                content.update(chunk)
        total.update(f"{file.relative_to(path).as_posix()}\0{content.hexdigest()}\n".encode())
    return total.hexdigest()


def with_checksum(data: bytes) -> bytes:
    """Put a line with its SHA-256 before a content; `without_checksum` reads it."""
    return f"{hashlib.sha256(data).hexdigest()}\n".encode() + data


def without_checksum(content: bytes) -> bytes | None:
    """Return what `with_checksum` was given; None where it is damaged."""
    data = content.partition(b"\n")[2]
    return data if with_checksum(data) == content else None


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _created_beside(path: Path, mode: int) -> tuple[int, Path]:
    """Create a file with a name of its own in the folder of another, and return its descriptor and path."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with contextlib.suppress(FileExistsError):
            return os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), temporary
