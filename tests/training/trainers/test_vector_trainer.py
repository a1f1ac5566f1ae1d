"""Embedding distillation on the tiny BERT."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.cli import main
from faq_component.errors import EncoderError
from faq_component.training.pairs.word_swaps import swap_words
from faq_component.training.settings import TrainingSettings
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

pytestmark = needs_training

FLAGS = ["--batch-size", "16", "--learning-rate", "3e-3", "--epochs", "40", "--precision", "fp32", "--max-length", "16"]


def _pairs(path: Path, seed: int) -> str:
    rows = [f"{item.first}\t{item.second}\t{int(item.same)}" for item in word_examples(120, seed=seed)]
    path.write_text("\n".join(["sentence1\tsentence2\tlabel", *rows]), encoding="utf-8")
    return str(path)


def test_the_student_comes_near_its_teacher(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint

    texts, dev, run = _pairs(tmp_path / "texts.tsv", 0), _pairs(tmp_path / "dev.tsv", 1), tmp_path / "run"
    command = ["distill", str(SHIPPED), str(run), "--texts", texts, "--dev", dev, "--layers", "1", *FLAGS]
    assert main(command) == 0
    assert "best at step" in capsys.readouterr().out
    asked = ["退货要多久", "请问会员", "我想改密码"]
    teacher, student = load_checkpoint(str(SHIPPED)), load_checkpoint(str(run / "encoder"))
    assert student.model.config.num_hidden_layers == 1
    cosines = (embed(teacher, asked, prefix="") * embed(student, asked, prefix="")).sum(axis=1)
    assert cosines.min() > 0.9
    assert np.load(run / "teacher.npy", allow_pickle=False).dtype == np.float16
    assert json.loads((run / "best.json").read_text())["dev_accuracy"] > 0.5
    assert main(command) == 0  # what is finished is not begun again
    other = ["--learning-rate", "1e-3"]
    assert main([*command, *other]) == 2


def test_a_student_can_begin_from_a_checkpoint_and_with_swapped_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, dev = _pairs(tmp_path / "texts.tsv", 0), _pairs(tmp_path / "dev.tsv", 1)
    begun, run = tmp_path / "begun", tmp_path / "run"
    measured = ["--texts", texts, "--dev", dev, *FLAGS, "--epochs", "3"]
    assert main(["distill", str(SHIPPED), str(begun), *measured, "--layers", "1"]) == 0
    further = ["--begin-from", str(begun / "encoder"), "--swap-words", "0.5"]
    assert main(["distill", str(SHIPPED), str(run), *measured, *further]) == 0
    assert " with words swapped" in capsys.readouterr().out
    assert json.loads((run / "encoder/config.json").read_text())["num_hidden_layers"] == 1
    first, second = (np.load(folder / "teacher.npy", allow_pickle=False) for folder in (begun, run))
    assert len(second) > len(first)
    assert main(["distill", str(SHIPPED), str(run), *measured, *further, "--method", "textbrewer"]) == 2
    assert "are for --method vectors" in capsys.readouterr().err


def test_a_stop_costs_one_chunk_of_the_teachers_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from faq_component.training.trainers import siamese_trainer, vector_trainer

    stops, run, parts = [2], tmp_path / "run", list[Sequence[str]]()

    def encode_until_stopped(network: Any, tokenizer: Any, part: Sequence[str], settings: TrainingSettings) -> Any:
        if len(parts) in stops:
            raise MemoryError
        if not (run / "teacher.npy").exists():  # what is encoded after that is for the evaluation
            parts.append(part)
        return siamese_trainer.encode_texts(network, tokenizer, part, settings)

    monkeypatch.setattr(vector_trainer, "encode_texts", encode_until_stopped)
    texts, dev = _pairs(tmp_path / "texts.tsv", 0), _pairs(tmp_path / "dev.tsv", 1)
    command = ["distill", str(SHIPPED), str(run), "--texts", texts, "--dev", dev, "--layers", "1", *FLAGS]
    command += ["--epochs", "1"]
    monkeypatch.setattr(vector_trainer, "_CHUNK", 32)
    with pytest.raises(MemoryError):
        main(command)
    stops.clear()
    assert main(command) == 0
    asked = [text for part in parts for text in part]
    assert len(parts) > 2
    assert asked == sorted(set(asked))
    assert [file.name for file in run.glob("teacher*")] == ["teacher.npy"]
    vectors = np.load(run / "teacher.npy", allow_pickle=False)
    monkeypatch.setattr(vector_trainer, "_CHUNK", len(asked))
    (run / "teacher.npy").unlink()
    assert main(command) == 0
    assert np.load(run / "teacher.npy", allow_pickle=False) == pytest.approx(vectors, abs=1e-3)


@pytest.mark.parametrize("layers", [0, 2])
def test_a_student_needs_fewer_layers(tmp_path: Path, layers: int) -> None:
    from faq_component.training.trainers.vector_trainer import distil_vectors

    with pytest.raises(EncoderError, match=f"layers is {layers}; a teacher with 2 layers needs 1 to 1"):
        distil_vectors(str(SHIPPED), tmp_path, ["退货"], [], TrainingSettings(layers=layers))


def test_swapped_words_leave_the_sentence(tmp_path: Path) -> None:
    texts = ["怎么修改密码", "退货的运费谁出", "嗯"]
    made = swap_words(texts, 3, cache_dir=tmp_path, seed=1)
    assert made == swap_words(texts, 3, cache_dir=tmp_path, seed=1)
    assert len(made) == 2
    assert not set(made) & set(texts)
    assert {len(text) for text in made} == {6, 7}
    assert any(text.startswith("怎么") for text in made)


@pytest.mark.slow
def test_a_killed_distillation_resumes_with_the_same_batches(tmp_path: Path) -> None:
    texts, dev = _pairs(tmp_path / "texts.tsv", 0), _pairs(tmp_path / "dev.tsv", 1)
    flags = ["--texts", texts, "--dev", dev, "--layers", "1", *FLAGS, "--checkpoints", "12"]
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert main(["distill", str(SHIPPED), str(whole), *flags]) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "faq_component.cli", "distill", str(SHIPPED), str(stopped), *flags],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not list(stopped.glob("checkpoints/checkpoint-*/trainer_state.json")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    ends = [int(line.split(",")[0]) for line in (whole / "curves.csv").read_text().split()[1:]]
    assert 0 < max(int(path.name.rpartition("-")[2]) for path in stopped.glob("checkpoints/checkpoint-*")) < max(ends)
    assert main(["distill", str(SHIPPED), str(stopped), *flags]) == 0
    best = [json.loads((run / "best.json").read_text()) for run in (whole, stopped)]
    assert best[1] == pytest.approx(best[0], abs=1e-3)
    last = [(run / "curves.csv").read_text().splitlines()[-1].split(",")[0] for run in (whole, stopped)]
    assert last[0] == last[1]
