"""Checkpoint folders: a BERT and its tokenizer as transformers saves them, with a note of pooling and prefix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.encoders.onnx import mean_pool, unit_rows
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError, MissingExtraError
from faq_component.language import _
from faq_component.support.files import write_atomically

NOTE = "sentence_encoder.json"
CODES = "poly_encoder.safetensors"  # beside the BERT of a poly-encoder
_BATCH = 32


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint; `pooling` is ``mean`` or ``cls``, `prefix` goes before each text."""

    model: Any
    tokenizer: Any
    base: str
    pooling: str
    prefix: str


def load_checkpoint(source: str) -> Checkpoint:
    """Load a BERT, by folder or name, on the CPU in float32; without a note it has mean pooling and no prefix.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        EncoderError: it cannot be loaded, or is not a BERT.
    """
    try:
        from transformers import AutoConfig, AutoTokenizer, BertModel
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise MissingExtraError(str(error.name), "train") from error
    disable_progress_bar()
    if Path(source).is_dir() and not (Path(source) / "config.json").is_file():
        # transformers 4 would guess the kind of model from the folder's path
        message = _("{source} cannot be loaded as a BERT: there is no config.json in it")
        raise EncoderError(message.format(source=source))
    try:
        config = AutoConfig.from_pretrained(source)
        if config.model_type != "bert":
            message = _("{source} is a {kind}; only BERT models can be imported and exported")
            raise EncoderError(message.format(source=source, kind=config.model_type))
        model = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager")
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
    except (OSError, ValueError) as error:
        message = _("{source} cannot be loaded as a BERT: {error}")
        raise EncoderError(message.format(source=source, error=" ".join(str(error).split()))) from error
    return Checkpoint(model.float().eval(), tokenizer, **read_checkpoint_note(source))


def model_of(source: str) -> str:
    """Return the kind of a checkpoint, as `faq train --model` names it: ``siamese``, ``cross`` or ``poly``."""
    if (Path(source) / CODES).is_file():
        return "poly"
    config = Path(source) / "config.json"
    content = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    classes = content.get("architectures") or []
    # Only classifiers have a `problem_type`, whatever class saved them.
    cross = content.get("problem_type") or any(name.endswith("ForSequenceClassification") for name in classes)
    return "cross" if cross else "siamese"


def read_checkpoint_note(source: str) -> dict[str, str]:
    """Read `base`, `pooling` and `prefix`: from our note, else from sentence-transformers', else mean and no prefix."""
    note = {"base": source, "pooling": "mean", "prefix": ""}
    ours = Path(source) / NOTE
    theirs = None if ours.is_file() else _pooling_file(source)
    if ours.is_file():
        note |= json.loads(ours.read_text(encoding="utf-8"))
    elif theirs:
        modes = json.loads(Path(theirs).read_text(encoding="utf-8"))
        known = {"pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max"}
        note["pooling"] = next(
            (name for mode, name in known.items() if modes.get(mode)), modes.get("pooling_mode", "mean")
        )
    return note


def _pooling_file(source: str) -> str | None:
    """Find sentence-transformers' pooling file of a folder, or of a name on Hugging Face; None if there is none."""
    from transformers.utils.hub import cached_file

    missing = {"_raise_exceptions_for_missing_entries": False, "_raise_exceptions_for_connection_errors": False}
    try:
        found: str | None = cached_file(source, "1_Pooling/config.json", **missing)
    except (OSError, ValueError):  # there is no such folder or name; loading the model reports that
        return None
    return found


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Save a fast tokenizer under a class name that transformers 4 and 5 both know."""
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    if config.get("tokenizer_class") == "TokenizersBackend":
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        write_atomically(file, (json.dumps(config, ensure_ascii=False, indent=2) + "\n").encode())


def write_checkpoint_note(folder: Path, *, base: str, pooling: str, prefix: str) -> None:
    """Write the base, pooling and prefix of a checkpoint."""
    note = {"base": base, "pooling": pooling, "prefix": prefix}
    write_atomically(folder / NOTE, (json.dumps(note, ensure_ascii=False, indent=2) + "\n").encode())


def embed(checkpoint: Checkpoint, texts: Sequence[str], *, prefix: str, max_length: int = 64) -> Vectors:
    """Compute unit vectors in PyTorch, the reference for the ONNX model. *Shape:* ``(len(texts), dim)``."""
    import torch

    vectors = []
    for start in range(0, len(texts), _BATCH):
        batch = [prefix + text for text in texts[start : start + _BATCH]]
        inputs = checkpoint.tokenizer(batch, padding=True, truncation=True, max_length=max_length, return_tensors="pt")
        with torch.inference_mode():
            hidden = checkpoint.model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            ).last_hidden_state.numpy()
        pooled = hidden[:, 0] if checkpoint.pooling == "cls" else mean_pool(hidden, inputs["attention_mask"].numpy())
        vectors.append(unit_rows(pooled))
    return np.concatenate(vectors) if vectors else np.zeros((0, checkpoint.model.config.hidden_size), dtype=np.float32)
