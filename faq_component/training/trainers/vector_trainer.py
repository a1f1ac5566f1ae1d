"""Embedding distillation: a smaller BERT learns the vectors of a larger one, on texts without labels.

The teacher's vectors are computed once (Reimers and Gurevych 2020, *Making Monolingual Sentence Embeddings Multilingual
using Knowledge Distillation*, with one language). Needs torch to be imported.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm
from transformers import AutoConfig, TrainingArguments

from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support import files
from faq_component.support.files import write_atomically
from faq_component.text import normalize
from faq_component.training.checkpoints.saving import save_encoder
from faq_component.training.network.siamese import BertForSiameseNetwork, SiameseOutput
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import autocast, trainer_arguments
from faq_component.training.trainers.batches import plan_batches
from faq_component.training.trainers.callbacks import KeepBest, train_in
from faq_component.training.trainers.distillation import check_layers, check_teacher
from faq_component.training.trainers.evaluators import Evaluator, fingerprints_of, metric_to_choose_by, metrics_of
from faq_component.training.trainers.run_folder import RunFolder
from faq_component.training.trainers.siamese_trainer import SiameseTrainer, encode_texts, load_base

_CHUNK = 8_192  # texts


class VectorNetwork(BertForSiameseNetwork):
    """One side of the siamese network; its loss is the squared distance to given unit vectors."""

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> SiameseOutput:
        """Return the cosine to each target, and the mean of ``2 - 2 cosine``, the squared distance of unit vectors.

        *Shape:* ids and mask ``(texts, tokens)``, targets ``(texts, dim)``.
        """
        vectors = torch.nn.functional.normalize(self.encode(input_ids, attention_mask), dim=1)
        if labels is None:
            return SiameseOutput(None, vectors)
        cosines = (vectors * labels).sum(dim=1)
        return SiameseOutput((2.0 - 2.0 * cosines).mean(), cosines)


def distil_vectors(
    teacher: str,
    target: Path,
    texts: Sequence[str],
    evaluators: Sequence[Evaluator],
    settings: TrainingSettings,
    *,
    begin_from: str = "",
) -> dict[str, float]:
    """Train a student to produce its teacher's vectors.

    Args:
        teacher: name or folder of a BERT.
        target: folder of the training (`RunFolder`); the teacher's vectors are kept in it too.
        texts: to learn from; no labels are needed.
        evaluators: choose the student to keep, as in `siamese_trainer.train_siamese`.
        settings: of the training; the student has `layers` of the teacher's layers; the loss is not used.
        begin_from: a checkpoint to start from instead, of the teacher's width and vocabulary.

    Returns:
        The metrics of the student that was kept.

    Raises:
        EncoderError: teacher or student cannot be loaded or do not fit, or the folder holds another training.
    """
    texts = sorted({normalize(text) for text in texts})
    examples = [Example(text, text, True, (str(row), str(row))) for row, text in enumerate(texts)]
    folder = RunFolder(target)
    check_teacher(teacher, settings)
    student, tokenizer, origin = _student(teacher, settings, begin_from)
    metric = metric_to_choose_by(metrics_of(evaluators), settings)
    begun = {"begin_from": begin_from, "begin_from_content": files.digest(Path(begin_from)) if begin_from else None}
    folder.claim(teacher, settings, examples, fingerprints_of(evaluators), framework="vectors", **begun)
    targets_file = folder.path / "teacher.npy"
    targets = _teacher_vectors(teacher, texts, targets_file, settings)
    settings = replace(settings, loss="cosine")  # not an in-batch loss: any texts may share a batch
    batches = plan_batches(examples, tokenizer, settings)

    def save() -> None:
        save_encoder(student.bert, tokenizer, folder.encoder, base=origin, settings=settings)

    trainer = SiameseTrainer(
        model=student,
        args=TrainingArguments(
            **trainer_arguments(settings, folder.checkpoints, batches.steps), remove_unused_columns=False
        ),
        train_dataset=_VectorDataset(texts, targets, tokenizer, settings),
        batches=batches,
        data_collator=_VectorCollator(tokenizer.pad_token_id),
        evaluators=evaluators,
        encode=lambda asked: encode_texts(student, tokenizer, asked, settings),
        callbacks=[KeepBest(folder, metric, save)],
    )
    best = train_in(folder, trainer)
    shutil.rmtree(_chunks_of(targets_file), ignore_errors=True)
    return best


def _student(teacher: str, settings: TrainingSettings, begin_from: str) -> tuple[BertForSiameseNetwork, Any, str]:
    """Load the network to train, its tokenizer and its original base."""
    upper = AutoConfig.from_pretrained(teacher)
    if not begin_from:
        check_layers(settings.layers, upper.num_hidden_layers, "begin_from")
        return load_base(teacher, settings, VectorNetwork)
    student, tokenizer, origin = load_base(begin_from, replace(settings, layers=0), VectorNetwork)
    for name in ("hidden_size", "vocab_size"):
        own, other = getattr(student.config, name), getattr(upper, name)
        if own != other:
            message = _("{student} has {name} {own}, its teacher {teacher} {other}; they must be the same")
            values = {"student": begin_from, "teacher": teacher, "name": name, "own": own, "other": other}
            raise EncoderError(message.format(**values))
    return student, tokenizer, origin


def _teacher_vectors(teacher: str, texts: Sequence[str], file: Path, settings: TrainingSettings) -> Vectors:
    """Read the teacher's unit vectors, in half precision, or compute and write them. *Shape:* ``(texts, dim)``.

    Until the file is complete, chunks of it are kept in a folder beside it, so that a stop costs at most one chunk.
    """
    if file.is_file():
        return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    network, tokenizer, _base = load_base(teacher, replace(settings, layers=0))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.nn.Module.to(network, device)
    folder = _chunks_of(file)
    folder.mkdir(exist_ok=True)
    chunks = {folder / f"{start}.npy": texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)}
    missing = [chunk for chunk in chunks if not chunk.is_file()]
    for chunk in tqdm(missing, desc=_("teacher's vectors")):
        with autocast(settings.precision, device.type):
            _write_array(chunk, encode_texts(network, tokenizer, chunks[chunk], settings).astype(np.float16))
    vectors: Any = np.concatenate([np.load(chunk, allow_pickle=False) for chunk in chunks])
    _write_array(file, vectors)
    return vectors


def _chunks_of(file: Path) -> Path:
    """Folder of the chunks, kept until the training ends: another process may still read them."""
    return file.with_suffix(".parts")


def _write_array(file: Path, values: Any) -> None:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    write_atomically(file, content.getvalue())


class _VectorDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Texts as token ids, each with its target vector."""

    def __init__(self, texts: Sequence[str], targets: Vectors, tokenizer: Any, settings: TrainingSettings) -> None:
        prefixed = [settings.prefix + text for text in texts]
        self._ids = tokenizer(prefixed, truncation=True, max_length=settings.max_length)["input_ids"]
        self._targets = targets

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"ids": self._ids[index], "target": self._targets[index]}


class _VectorCollator:
    """Pads a batch to its longest text."""

    def __init__(self, pad_token_id: int) -> None:
        self._pad = pad_token_id

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        tokens = max(len(item["ids"]) for item in items)
        return {
            "input_ids": torch.tensor([item["ids"] + [self._pad] * (tokens - len(item["ids"])) for item in items]),
            "attention_mask": torch.tensor(
                [[1] * len(item["ids"]) + [0] * (tokens - len(item["ids"])) for item in items]
            ),
            "labels": torch.from_numpy(np.stack([item["target"] for item in items]).astype(np.float32)),
        }
