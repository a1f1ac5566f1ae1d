"""The metadata file of a model folder: how to use the model, and the checksums of its files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_type_hints

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support.files import write_atomically

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
_CHECKSUM = "sha256"  # key of the metadata's own
_TYPES: dict[Any, tuple[type, ...]] = {str: (str,), int: (int,), float: (float, int)}

Metadata = TypeVar("Metadata", bound="ModelMetadata")


@dataclass(frozen=True)
class FileCheck:
    """Size in bytes and SHA-256 of a file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileCheck:
        """Compute size and SHA-256 of a file."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return cls(path.stat().st_size, digest.hexdigest())


@dataclass(frozen=True)
class ModelMetadata:
    """Base of the metadata of each kind of model; a subclass adds fields of type str, int or float.

    `FILE` is the file name, `NOUN` the kind of model, `MEND` the remedy where the file is missing; `files` has the
    checksums of model, tokenizer and other files. A subclass rejects a value in its ``__post_init__`` with a ValueError
    that holds the name of the field, or with an EncoderError.
    """

    FILE: ClassVar[str]
    NOUN: ClassVar[str]
    MEND: ClassVar[str]
    FORMAT: ClassVar[int] = 1

    files: dict[str, FileCheck]

    @classmethod
    def write(cls: type[Metadata], folder: Path, **values: Any) -> Metadata:
        """Write the metadata of the model and the tokenizer in a folder."""
        metadata = cls(files={name: FileCheck.of(folder / name) for name in (MODEL, TOKENIZER)}, **values)
        content = {"format_version": cls.FORMAT, **asdict(metadata)}
        content["files"] = content.pop("files")  # last
        content[_CHECKSUM] = _checksum(content)
        write_atomically(folder / cls.FILE, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
        return metadata

    @classmethod
    def read(cls: type[Metadata], folder: str | Path, *, verify: bool = True) -> Metadata:
        """Read the metadata of a folder; with `verify`, check size and SHA-256 of every file that it names.

        Raises:
            EncoderError: the metadata is missing, malformed or of another version, or a file does not match it.
        """
        path = Path(folder) / cls.FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise EncoderError(
                _("{folder} is not {noun}: there is no {file} in it; {mend}").format(
                    folder=folder, noun=_(cls.NOUN), file=cls.FILE, mend=_(cls.MEND)
                )
            ) from error
        except (ValueError, RecursionError) as error:
            raise EncoderError(
                _("{path} is damaged: it is not JSON; fetch or export the model again").format(path=path)
            ) from error
        version = content.get("format_version") if isinstance(content, dict) else None
        if version != cls.FORMAT:
            raise EncoderError(
                _("{path} has format version {version!r}; this program reads {format}").format(
                    path=path, version=version, format=cls.FORMAT
                )
            )
        if content.pop(_CHECKSUM, None) not in (None, _checksum(content)):
            raise EncoderError(
                _(
                    "{path} is damaged: it does not have the SHA-256 that it names; fetch or export the model again "
                    "(whoever edited it by hand takes out the line '{key}')"
                ).format(path=path, key=_CHECKSUM)
            )
        try:
            metadata = cls(**_values(cls, content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EncoderError(
                _("{path} is damaged: {field} is missing or wrong; fetch or export the model again").format(
                    path=path, field=error
                )
            ) from error
        except EncoderError as error:
            raise EncoderError(f"{path}: {error}") from error
        for name, expected in metadata.files.items() if verify else ():
            _verify(path, name, expected)
        return metadata


def _checksum(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the other values of a metadata file."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _values(kind: type[ModelMetadata], content: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    values = {item.name: content[item.name] for item in fields(kind)}
    for name, value in values.items():
        if name != "files" and (isinstance(value, bool) or not isinstance(value, _TYPES[hints[name]])):
            raise TypeError(f"'{name}'")
    checks = values["files"]
    lacking = [name for name in (MODEL, TOKENIZER) if name not in checks]
    if lacking:
        raise KeyError(lacking[0])
    return {**values, "files": {name: FileCheck(**check) for name, check in checks.items()}}


def _verify(metadata: Path, name: str, expected: FileCheck) -> None:
    path = metadata.parent / name
    if not path.is_file():
        raise EncoderError(
            _("{path} is missing, but {metadata} names it; fetch or export the model again").format(
                path=path, metadata=metadata.name
            )
        )
    found = FileCheck.of(path)
    if found.size != expected.size:
        raise EncoderError(
            _(
                "{path} has {found} bytes, {metadata} says {expected}; it is damaged or belongs to another model; "
                "fetch or export the model again"
            ).format(path=path, found=found.size, metadata=metadata.name, expected=expected.size)
        )
    if found != expected:
        raise EncoderError(
            _("{path} does not have the SHA-256 that {metadata} names; fetch or export the model again").format(
                path=path, metadata=metadata.name
            )
        )
