"""The recipe that teaches the encoder English, on two tiny models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from benchmarks.training import english
from benchmarks.training.english import Targets, train
from faq_component.training.checkpoints.checkpoint import Checkpoint, load_checkpoint
from tests.tiny_bert import make_tiny_bert
from tests.training.training_data import word_examples

ENGLISH = [f"{start} {thing} {end}" for start in ("how", "when", "why") for thing in ("pay", "ship") for end in "abcde"]
CHINESE = sorted({example.first for example in word_examples()})


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    characters = "".join((*ENGLISH, *CHINESE))
    student = make_tiny_bert(tmp_path / "student", characters, layers=2, dim=32)
    return student, make_tiny_bert(tmp_path / "teacher", characters, layers=1, dim=64)


def targets_of(student: Checkpoint, teacher: Path, monkeypatch: pytest.MonkeyPatch) -> Targets:
    monkeypatch.setattr(english, "_ALIGNED", (len(ENGLISH), len(CHINESE)))
    return Targets.fit(student, load_checkpoint(str(teacher)), ENGLISH, CHINESE)


def test_chinese_keeps_its_targets_and_english_takes_the_teachers_distances(
    models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    student = load_checkpoint(str(models[0]))
    targets = targets_of(student, models[1], monkeypatch)
    before = english._vectors(student, CHINESE)
    with torch.no_grad():
        student.model.embeddings.word_embeddings.weight.mul_(0.5)  # what is trained is another copy
    np.testing.assert_allclose(targets.of(CHINESE, english=False).numpy(), before, atol=1e-6)
    wanted = targets.of(ENGLISH, english=True).numpy()
    np.testing.assert_allclose(np.linalg.norm(wanted, axis=1), 1, atol=1e-5)
    assert english._mean_cosine(wanted) == pytest.approx(english._mean_cosine(before), abs=0.05)


def test_training_comes_nearer_to_the_targets_and_resumes(
    models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(english, "_SAVED_EVERY", 20)
    batches = [(True, ENGLISH), (False, CHINESE)] * 20

    def distance(student: Checkpoint, targets: Targets) -> float:
        return 2 - 2 * float(
            (torch.from_numpy(english._vectors(student, ENGLISH)) * targets.of(ENGLISH, english=True)).sum(1).mean()
        )

    whole = load_checkpoint(str(models[0]))
    targets = targets_of(whole, models[1], monkeypatch)
    untrained = distance(whole, targets)
    train(whole, targets, batches, tmp_path / "whole")
    assert distance(whole, targets) < 0.7 * untrained

    stopped = load_checkpoint(str(models[0]))
    of = Targets.of
    calls = []

    def stop(self: Targets, *arguments: object, **named: object) -> torch.Tensor:
        calls.append(1)
        if len(calls) > 25:
            raise KeyboardInterrupt
        return of(self, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Targets, "of", stop)
        with pytest.raises(KeyboardInterrupt):
            train(stopped, targets, batches, tmp_path / "stopped")
    resumed = load_checkpoint(str(models[0]))
    train(resumed, targets, batches, tmp_path / "stopped")
    for one, other in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        torch.testing.assert_close(one, other)
