"""The files of a knowledge base: consistent reads, and atomic replacement of several files."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from faq_component.errors import FaqDataError
from faq_component.knowledge.bounds import FILE
from faq_component.knowledge.faults import Fault
from faq_component.language import _
from faq_component.support.files import locked, sync_folder, with_checksum, without_checksum, write_atomically

JOURNAL, LOCK = ".edit.journal", ".edit.lock"
_JOURNAL = 4 * FILE  # bytes; an edit holds several files, each a third longer than it is
_TRIES = 50


@dataclass(frozen=True)
class Contents:
    """The bytes of each file, in the order of their names, and faults of unreadable files."""

    files: Mapping[Path, bytes]
    faults: tuple[str, ...]


def folder_of(path: Path) -> Path:
    """Return the folder of a knowledge base's files."""
    return path if path.is_dir() else path.parent


def files_stamp(path: Path) -> str:
    """Compute a token that changes with every edit of the files, without reading their content."""
    seen = []
    for file in [*faq_files(path), folder_of(path) / JOURNAL]:
        with contextlib.suppress(OSError):
            status = file.stat()
            seen.append(f"{file.name} {status.st_ino} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(seen)


def read_files(path: Path) -> Contents:
    """Read all files as they were at one moment, although others may be writing.

    An edit of several files that was interrupted after its journal was written (`replace_files`) counts as complete.
    """
    for _attempt in range(_TRIES):
        stamp = files_stamp(path)
        contents = _read(path)
        if files_stamp(path) == stamp:
            break
    return contents


def _read(path: Path) -> Contents:
    if not path.exists():
        return Contents({}, (Fault(path, _("there is no such file or folder; check the setting 'faq'")),))
    files: dict[Path, bytes] = {}
    faults = []
    for file in faq_files(path):
        try:
            if fault := _size_fault(file, file.stat().st_size):
                faults.append(fault)
            else:
                files[file] = file.read_bytes()
        except OSError as error:
            faults.append(Fault(file, _("cannot be read: {reason}").format(reason=error.strerror)))
    if not files and not faults:
        faults.append(Fault(path, _("the folder holds no *.json file; put the FAQ there")))
    try:
        journal = _journal(folder_of(path))
    except FaqDataError as error:
        return Contents(files, (*faults, *error.faults))
    for name, entry in journal.items():
        file = folder_of(path) / name
        if file in files and entry.is_due(files[file]):
            files[file] = entry.new
    return Contents(files, tuple(faults))


@contextlib.contextmanager
def edit_lock(path: Path) -> Iterator[None]:
    """Lock the knowledge base for writing, and complete an interrupted edit; other writers of this machine wait.

    Raises:
        FaqDataError: the folder cannot be written.
    """
    folder = folder_of(path)
    try:
        with locked(folder / LOCK):
            _recover(folder)
            yield
    except OSError as error:
        raise FaqDataError(
            [
                _("{folder}: cannot be written: {reason}; check its permissions").format(
                    folder=folder, reason=error.strerror
                )
            ]
        ) from error


def replace_files(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Write files of one folder atomically: after a crash at any moment `read_files` gives all old or all new contents.

    The caller holds the lock. Several files are first written to a journal, which takes effect when it is renamed; the
    next writer completes an interrupted edit.

    Raises:
        FaqDataError: a file would be too large to be read.
    """
    if faults := [fault for file, content in contents.items() if (fault := _size_fault(file, len(content)))]:
        raise FaqDataError(faults)
    if len(contents) > 1:
        entries = {
            file.name: _Entry(_hash(file.read_bytes()) if file.exists() else "", content)
            for file, content in contents.items()
        }
        data = json.dumps({name: entry.to_json() for name, entry in entries.items()}).encode()
        write_atomically(folder / JOURNAL, with_checksum(data))
    for file, content in contents.items():
        write_atomically(file, content)
    (folder / JOURNAL).unlink(missing_ok=True)


@dataclass(frozen=True)
class _Entry:
    """A journal entry: a file's old SHA-256 and its new content; a file that is neither was edited since and stays."""

    old: str
    new: bytes

    def is_due(self, content: bytes) -> bool:
        return _hash(content) == self.old

    def to_json(self) -> list[str]:
        return [self.old, base64.b64encode(self.new).decode()]


def _journal(folder: Path) -> dict[str, _Entry]:
    """Read the journal: a line with its SHA-256, then the entries.

    Raises:
        FaqDataError: it cannot be read, or is damaged.
    """
    try:
        is_bounded = (folder / JOURNAL).stat().st_size <= _JOURNAL
        data = without_checksum((folder / JOURNAL).read_bytes()) if is_bounded else None
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = _("cannot be read: {reason}").format(reason=error.strerror)
        raise FaqDataError([Fault(folder / JOURNAL, reason)]) from error
    if data is None:
        reason = _(
            "is damaged, and the edit that it holds may be done in part; compare the files beside it with a copy of "
            "yours, and remove it"
        )
        raise FaqDataError([Fault(folder / JOURNAL, reason)])
    return {name: _Entry(old, base64.b64decode(new)) for name, (old, new) in json.loads(data).items()}


def _recover(folder: Path) -> None:
    """Complete an edit from its journal, and remove the temporary files of killed writers."""
    for name, entry in _journal(folder).items():
        file = folder / name
        if file.exists() and file.stat().st_size <= FILE and entry.is_due(file.read_bytes()):
            write_atomically(file, entry.new)
    (folder / JOURNAL).unlink(missing_ok=True)
    for file in folder.iterdir():
        if re.fullmatch(rf"\.(?:.+\.json|{re.escape(JOURNAL)})\.\w{{8}}", file.name):
            file.unlink(missing_ok=True)
    sync_folder(folder)


def faq_files(path: Path) -> list[Path]:
    """List the file itself, or the ``*.json`` files of a folder."""
    if path.is_dir():
        return sorted(file for file in path.glob("*.json") if file.is_file())
    return [path] if path.exists() else []


def _size_fault(file: Path, size: int) -> Fault | None:
    if size <= FILE:
        return None
    message = _("has {size:,} MiB, more than {most}; divide it into several files")
    return Fault(file, message.format(size=-(-size // 2**20), most=FILE // 2**20))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
