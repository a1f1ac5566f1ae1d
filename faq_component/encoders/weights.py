"""Safety checks and fingerprints of models that libraries load."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError
from faq_component.language import _

# Small modules of sentence-transformers may come as .bin, which it reads with weights_only=True.
_SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".bin")


def fingerprint(name_or_folder: str, backend: str, *, commit: str | None = None, **options: Any) -> str:
    """SHA-256 over backend, options and model: the files of a folder, or the name and `commit` of a hub model."""
    digest = hashlib.sha256(json.dumps([backend, options], sort_keys=True).encode())
    folder = Path(name_or_folder)
    if not folder.is_dir():
        digest.update(f"{name_or_folder}@{commit}".encode())
        return digest.hexdigest()
    for path in sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def require_safe_weights(name_or_folder: str) -> None:
    """Reject a local folder whose weights could only be read by unpickling.

    Raises:
        EncoderError: the folder has no ``*.safetensors``.
    """
    folder = Path(name_or_folder)
    if folder.is_dir() and not any(folder.rglob("*.safetensors")):
        raise EncoderError(
            _(
                "{folder} has no *.safetensors file, and other weights are not read because they would be unpickled; "
                "load the model where you trust it and save it with save_pretrained(..., safe_serialization=True)"
            ).format(folder=folder)
        )


def require_known_modules(name_or_folder: str) -> None:
    """Reject a local folder whose ``modules.json`` names classes outside sentence-transformers.

    The library would run the folder's own Python files for them, whatever the value of `trust_remote_code`.

    Raises:
        EncoderError: a class is not of sentence-transformers, or ``modules.json`` cannot be read.
    """
    file = Path(name_or_folder) / "modules.json"
    if not file.is_file():
        return
    try:
        types = [str(module["type"]) for module in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError) as error:
        raise EncoderError(_("{file} is not a list of modules with a type each").format(file=file)) from error
    for name in types:
        if not name.startswith("sentence_transformers."):
            raise EncoderError(
                _("{file} names the class '{name}', and a model's own code is not run; use another model").format(
                    file=file, name=name
                )
            )
