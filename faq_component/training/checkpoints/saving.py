"""Save encoders as folders that transformers, sentence-transformers and this package load."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faq_component.support.files import sync_folder
from faq_component.support.model_metadata import TOKENIZER
from faq_component.training.checkpoints.checkpoint import Checkpoint, save_tokenizer, write_checkpoint_note
from faq_component.training.settings import TrainingSettings


def save_encoder(bert: Any, tokenizer: Any, target: Path, *, base: str, settings: TrainingSettings) -> None:
    """Write a BERT, its tokenizer and the notes of its pooling; an older folder is replaced as a whole.

    There are two notes: ours, and ``modules.json`` with a pooling for sentence-transformers.
    """
    save_model(
        target,
        lambda folder: bert.save_pretrained(folder, save_original_format=False),  # under the parameters' own names
        lambda folder: save_tokenizer(tokenizer, folder),
        lambda folder: write_checkpoint_note(folder, base=base, pooling=settings.pooling, prefix=settings.prefix),
        lambda folder: _write_modules(folder, bert.config.hidden_size, settings),
    )


def save_checkpoint(checkpoint: Checkpoint, target: Path) -> None:
    """Write a loaded checkpoint, with its own note; an older folder is replaced as a whole."""
    note = {"base": checkpoint.base, "pooling": checkpoint.pooling, "prefix": checkpoint.prefix}
    save_model(
        target,
        checkpoint.model.save_pretrained,
        lambda folder: save_tokenizer(checkpoint.tokenizer, folder),
        lambda folder: write_checkpoint_note(folder, **note),
    )


@contextmanager
def in_place_of(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target`, and put its files in place if the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as name:
        yield Path(name)
        put_in_place(Path(name), target)


def put_in_place(folder: Path, target: Path) -> None:
    """Copy the files over those of `target`; the metadata goes last, so that mixed files never pass verification."""
    target.mkdir(exist_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.suffix == ".json" and file.name != TOKENIZER):
        shutil.copyfile(file, target / f".{file.name}")
        (target / f".{file.name}").replace(target / file.name)
    sync_folder(target)


def save_model(target: Path, *steps: Callable[[Path], object]) -> None:
    """Let each step write into a new folder, and replace an older folder by it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for step in steps:
            step(folder)
        replace_folder(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_folder(folder: Path, target: Path) -> None:
    """Rename a finished folder over another; a stop in between leaves the old one as ``.NAME.old``."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    folder.chmod(0o755)  # mkdtemp makes it private
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    sync_folder(target.parent)


def _write_modules(folder: Path, dim: int, settings: TrainingSettings) -> None:
    kinds = (("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"))
    modules = [
        {"idx": int(number), "name": number, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, path, kind in kinds
    ]
    contents: dict[str, Any] = {
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": settings.max_length, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": dim,
            "pooling_mode_cls_token": settings.pooling == "cls",
            "pooling_mode_mean_tokens": settings.pooling == "mean",
            "pooling_mode_max_tokens": settings.pooling == "max",
        },
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
