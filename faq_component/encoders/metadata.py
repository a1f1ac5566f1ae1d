"""``encoder.json``: what an encoder folder holds, and the checksums of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError
from faq_component.support.files import write_atomically

FILE = "encoder.json"
FORMAT_VERSION = 1
POOLINGS = ("mean", "cls")


@dataclass(frozen=True)
class FileCheck:
    """The size in bytes and the SHA-256 of a file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileCheck:
        """Measure a file."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return cls(path.stat().st_size, digest.hexdigest())


@dataclass(frozen=True)
class EncoderMetadata:
    """How the folder's model is to be used: `prefix` goes before each text, `max_length` counts tokens."""

    base: str
    layers: int
    dim: int
    pooling: str
    prefix: str
    max_length: int
    files: dict[str, FileCheck]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that the vectors depend on."""
        content = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def write_metadata(folder: Path, names: Iterable[str], **values: Any) -> EncoderMetadata:
    """Write ``encoder.json`` for the named files of a folder."""
    metadata = EncoderMetadata(files={name: FileCheck.of(folder / name) for name in sorted(names)}, **values)
    content = {"format_version": FORMAT_VERSION, **asdict(metadata)}
    write_atomically(folder / FILE, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
    return metadata


def read_metadata(folder: str | Path, *, verify: bool = False) -> EncoderMetadata:
    """Read ``encoder.json``; with `verify`, check size and SHA-256 of every file it names.

    Raises:
        EncoderError: it is absent, not of this form or version, or a file is not what it says.
    """
    path = Path(folder) / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EncoderError(
            f"{folder} is not an encoder: there is no {FILE} in it; check the setting 'encoder', or make one with "
            f"`faq encoder export`"
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EncoderError(f"{path} is damaged: it is not JSON; export the encoder again") from error
    metadata = _from_json(path, content)
    for name, expected in metadata.files.items() if verify else ():
        _verify(Path(folder) / name, expected)
    return metadata


def _from_json(path: Path, content: Any) -> EncoderMetadata:
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise EncoderError(f"{path} has format version {version!r}; this program reads {FORMAT_VERSION}")
    names = {field.name for field in fields(EncoderMetadata)}
    try:
        values = {name: content[name] for name in names}
        values["files"] = {name: FileCheck(**check) for name, check in content["files"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is damaged: {error} is missing or wrong; export the encoder again") from error
    if values["pooling"] not in POOLINGS:
        raise EncoderError(f"{path}: pooling is {values['pooling']!r}; this program knows {' and '.join(POOLINGS)}")
    return EncoderMetadata(**values)


def _verify(path: Path, expected: FileCheck) -> None:
    if not path.is_file():
        raise EncoderError(f"{path} is missing, but {FILE} names it; fetch or export the encoder again")
    found = FileCheck.of(path)
    if found.size != expected.size:
        raise EncoderError(
            f"{path} has {found.size} bytes, {FILE} says {expected.size}; it is damaged or belongs to another "
            f"encoder; fetch or export the encoder again"
        )
    if found != expected:
        raise EncoderError(f"{path} does not have the SHA-256 that {FILE} names; fetch or export the encoder again")
