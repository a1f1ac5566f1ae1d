"""Teach the shipped encoder English from a larger vocabulary's model, and hold its Chinese vectors where they are.

`python -m benchmarks.training.english STUDENT TEACHER TARGET --english FILE --chinese PAIRS ...` distils the vectors of
TEACHER, all-MiniLM-L6-v2 (Apache 2.0; Wang et al. 2020, *MiniLM*; Reimers and Gurevych 2019, *Sentence-BERT*), into
STUDENT, a checkpoint of the shipped encoder (`faq encoder import models/encoder STUDENT`).

The targets of English texts are the teacher's vectors, centred, turned onto the student's own by the orthogonal map
nearest to them (Procrustes; Schönemann 1966), and moved along the student's mean so that unrelated English texts are as
similar as unrelated Chinese ones. So English moves no farther from Chinese than it must. The targets of Chinese texts
are the student's vectors before the training. A stopped run resumes.
"""

from __future__ import annotations

import argparse
import copy
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from faq_component.encoders.types import Vectors
from faq_component.evaluation.pairs import read_pairs
from faq_component.support.files import write_atomically
from faq_component.text import normalize
from faq_component.training.checkpoints.checkpoint import (
    Checkpoint,
    load_checkpoint,
    save_tokenizer,
    write_checkpoint_note,
)

BATCH = 128
LEARNING_RATE = 2e-4
_ALIGNED = (4_000, 2_000)  # English and Chinese texts that the targets' map and mean are fitted on
_SAVED_EVERY = 100
_TOKENS = 48


def main() -> None:
    """Train, and write the checkpoint to the folder `encoder` of the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("student", help="checkpoint of the shipped encoder")
    parser.add_argument("teacher", help="folder or name of the teacher")
    parser.add_argument("target", type=Path, help="folder of the run")
    parser.add_argument("--english", type=Path, required=True, help="a text a line")
    parser.add_argument("--chinese", type=Path, nargs="+", required=True, help="files of pairs; their texts are read")
    parser.add_argument("--most-chinese", type=int, default=20_000, help="texts drawn from those (default 20000)")
    arguments = parser.parse_args()
    draw = random.Random(0)
    english = arguments.english.read_text(encoding="utf-8").splitlines()
    known = sorted(
        {
            normalize(text)
            for file in arguments.chinese
            for pair in read_pairs(file)
            for text in (pair.first, pair.second)
        }
    )
    chinese = draw.sample(known, min(arguments.most_chinese, len(known)))
    print(f"{len(english)} English and {len(chinese)} Chinese texts")
    arguments.target.mkdir(parents=True, exist_ok=True)
    student = load_checkpoint(arguments.student)
    targets = Targets.fit(student, load_checkpoint(arguments.teacher), english, chinese)
    train(student, targets, [*_batches(english, draw, english=True), *_batches(chinese, draw)], arguments.target)
    folder = arguments.target / "encoder"
    student.model.save_pretrained(folder)
    save_tokenizer(student.tokenizer, folder)
    write_checkpoint_note(folder, base=student.base, pooling=student.pooling, prefix=student.prefix)


@dataclass(frozen=True)
class Targets:
    """The vectors that a text is to have.

    Args:
        own: the student before the training.
        teacher: of English.
        mean: of the teacher's vectors, ``(dim,)``.
        turn: the orthogonal map from the teacher's space to the student's, ``(dim, dim)``.
        middle: direction of the mean of the student's English vectors, ``(dim,)``.
        unrelated: mean cosine of unrelated Chinese texts.
    """

    own: Checkpoint
    teacher: Checkpoint
    mean: torch.Tensor
    turn: torch.Tensor
    middle: torch.Tensor
    unrelated: float

    @classmethod
    def fit(cls, student: Checkpoint, teacher: Checkpoint, english: Sequence[str], chinese: Sequence[str]) -> Targets:
        """Fit the map on some of the texts."""
        draw = random.Random(1)
        some, others = (draw.sample(texts, count) for texts, count in zip((english, chinese), _ALIGNED, strict=True))
        own = Checkpoint(copy.deepcopy(student.model), student.tokenizer, student.base, student.pooling, student.prefix)
        taught, before, in_chinese = _vectors(teacher, some), _vectors(own, some), _vectors(own, others)
        middle = before.mean(axis=0) / np.linalg.norm(before.mean(axis=0))
        mean = taught.mean(axis=0)
        apart = before - np.outer(before @ middle, middle)
        left, _values, right = np.linalg.svd((taught - mean).T @ apart, full_matrices=False)
        mean, turn, middle = (torch.from_numpy(np.asarray(each, np.float32)) for each in (mean, left @ right, middle))
        return cls(own, teacher, mean, turn, middle, _mean_cosine(in_chinese))

    def of(self, texts: Sequence[str], *, english: bool) -> torch.Tensor:
        """Return the targets of texts of one language, ``(texts, dim)``, of length 1."""
        with torch.no_grad():
            if not english:
                return _embed(self.own, texts)
            turned = torch.nn.functional.normalize(_embed(self.teacher, texts) - self.mean, dim=1) @ self.turn
            moved = self.unrelated**0.5 * self.middle + (1 - self.unrelated) ** 0.5 * turned
            return torch.nn.functional.normalize(moved, dim=1)


def train(student: Checkpoint, targets: Targets, batches: Sequence[tuple[bool, Sequence[str]]], run: Path) -> None:
    """Train the student on one pass of the batches, by the mean squared distance of unit vectors; saves its state.

    Dropout is off: the targets are exact, and one pass overfits nothing.
    """
    plan = list(batches)
    random.Random(2).shuffle(plan)
    model, state = student.model, run / "state.pt"
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    warm = max(1, int(0.03 * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, (len(plan) - step) / (len(plan) - warm)))
    )
    begun = _resume(state, model, optimizer, schedule)
    losses: dict[bool, list[float]] = {True: [], False: []}
    model.eval()
    bar = tqdm(plan[begun:], desc="teaching English", initial=begun, total=len(plan))
    for step, (english, texts) in enumerate(bar, start=begun + 1):
        loss = (2 - 2 * (_embed(student, texts) * targets.of(texts, english=english)).sum(dim=1)).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's, in the versions that have no type for it
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses[english].append(float(loss.detach()))
        last = {
            name: f"{np.mean(losses[key][-50:] or [0]):.4f}" for key, name in ((True, "English"), (False, "Chinese"))
        }
        bar.set_postfix(last)
        if step % _SAVED_EVERY == 0:
            content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
            _save(state, content | {"schedule": schedule.state_dict()})


def _resume(state: Path, model: Any, optimizer: Any, schedule: Any) -> int:
    """Load the state of a stopped run; return the steps that it had done."""
    if not state.is_file():
        return 0
    content = torch.load(state, weights_only=True)
    model.load_state_dict(content["model"])
    optimizer.load_state_dict(content["optimizer"])
    schedule.load_state_dict(content["schedule"])
    return int(content["step"])


def _save(state: Path, content: dict[str, Any]) -> None:
    whole = io.BytesIO()
    torch.save(content, whole)
    write_atomically(state, whole.getvalue())


def _batches(texts: Sequence[str], draw: random.Random, *, english: bool = False) -> list[tuple[bool, Sequence[str]]]:
    """Divide texts into batches of about one length, so that little is padded."""
    ordered = sorted(texts, key=lambda text: len(text) + 6 * draw.random())
    return [(english, ordered[start : start + BATCH]) for start in range(0, len(ordered), BATCH)]


def _embed(checkpoint: Checkpoint, texts: Sequence[str]) -> torch.Tensor:
    """Mean-pool texts to unit vectors, ``(texts, dim)``."""
    batch = checkpoint.tokenizer(
        list(texts), padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt", return_token_type_ids=False
    )
    states = checkpoint.model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None].to(states.dtype)
    return torch.nn.functional.normalize((states * mask).sum(dim=1) / mask.sum(dim=1), dim=1)


def _vectors(checkpoint: Checkpoint, texts: Sequence[str]) -> Vectors:
    with torch.no_grad():
        rows = [_embed(checkpoint, texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return np.asarray(torch.cat(rows).numpy(), dtype=np.float32)


def _mean_cosine(vectors: Vectors) -> float:
    """Return the mean cosine of different rows of unit vectors."""
    count = len(vectors)
    return float((np.square(vectors.sum(axis=0)).sum() - count) / (count * (count - 1)))


if __name__ == "__main__":
    main()
