"""What lies in the folder of a ranking model, and the checksums of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from faq_component.encoders.metadata import FileCheck
from faq_component.encoders.onnx import MODEL, TOKENIZER
from faq_component.errors import EncoderError
from faq_component.support.files import write_atomically

FORMAT_VERSION = 1
MIN_LENGTH = 16


@dataclass(frozen=True)
class ModelMetadata:
    """What is common to the models of ranking; `positions` is the number of tokens that the BERT can take."""

    base: str
    layers: int
    dim: int
    positions: int
    files: dict[str, FileCheck]

    def __post_init__(self) -> None:
        for name in ("layers", "dim", "positions"):
            if type(getattr(self, name)) is not int:
                raise TypeError(f"'{name}'")


_Metadata = TypeVar("_Metadata", bound=ModelMetadata)


def write_model_metadata(folder: Path, name: str, kind: type[_Metadata], values: Mapping[str, Any]) -> _Metadata:
    """Write the metadata file `name` for the model and the tokenizer in a folder."""
    metadata = kind(**values, files={file: FileCheck.of(folder / file) for file in (MODEL, TOKENIZER)})
    content = {"format_version": FORMAT_VERSION, **asdict(metadata)}
    write_atomically(folder / name, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
    return metadata


def read_model_metadata(folder: Path, name: str, kind: type[_Metadata]) -> _Metadata:
    """Read the metadata file `name`, and check the size and SHA-256 of the model and the tokenizer.

    Raises:
        EncoderError: it is absent, not of this form or version, or a file is not what it says.
    """
    path = folder / name
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EncoderError(f"{folder} has no {name} in it; check the setting 'reranker_path'") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EncoderError(f"{path} is damaged: it is not JSON; export the model again") from error
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise EncoderError(f"{path} has format version {version!r}; this program reads {FORMAT_VERSION}")
    try:
        values = {field.name: content[field.name] for field in fields(kind)}
        values["files"] = {file: FileCheck(**content["files"][file]) for file in (MODEL, TOKENIZER)}
        metadata = kind(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise EncoderError(f"{path} is damaged: {error} is missing or wrong; export the model again") from error
    for file, expected in metadata.files.items():
        _verify(folder / file, expected, name)
    return metadata


def check_max_length(max_length: int, metadata: ModelMetadata, folder: Path) -> None:
    """Check that the BERT can take so many tokens, and that there is room for a question and a post.

    Raises:
        EncoderError: it cannot, or there is none.
    """
    if not MIN_LENGTH <= max_length <= metadata.positions:
        raise EncoderError(
            f"max_length is {max_length}; for the model in {folder} it must be between {MIN_LENGTH} and "
            f"{metadata.positions} tokens"
        )


def _verify(path: Path, expected: FileCheck, name: str) -> None:
    if not path.is_file():
        raise EncoderError(f"{path} is missing, but {name} names it; fetch or export the model again")
    found = FileCheck.of(path)
    if found.size != expected.size:
        raise EncoderError(
            f"{path} has {found.size} bytes, {name} says {expected.size}; it is damaged or belongs to another model; "
            f"fetch or export the model again"
        )
    if found != expected:
        raise EncoderError(f"{path} does not have the SHA-256 that {name} names; fetch or export the model again")
