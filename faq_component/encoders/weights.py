"""What the vectors of a model from a library depend on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError

_SUFFIXES = (".safetensors", ".json", ".txt", ".model")


def fingerprint(name_or_folder: str, backend: str, **options: Any) -> str:
    """SHA-256 over backend, options and the model: the files of a folder, or the name and commit of a hub's model."""
    digest = hashlib.sha256(json.dumps([backend, options], sort_keys=True).encode())
    folder = Path(name_or_folder)
    if not folder.is_dir():
        digest.update(name_or_folder.encode())
        return digest.hexdigest()
    for path in sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def require_safe_weights(name_or_folder: str) -> None:
    """Refuse a local folder whose weights could only be read by unpickling.

    Raises:
        EncoderError: the folder has no ``*.safetensors``.
    """
    folder = Path(name_or_folder)
    if folder.is_dir() and not any(folder.rglob("*.safetensors")):
        raise EncoderError(
            f"{folder} has no *.safetensors file, and other weights are not read because they would be unpickled; load "
            f"the model where you trust it and save it with save_pretrained(..., safe_serialization=True)"
        )
