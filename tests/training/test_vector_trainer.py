"""Embedding distillation on the tiny BERT."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from faq_component.cli import main
from faq_component.errors import EncoderError
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
    from faq_component.training.checkpoint import embed, load_checkpoint

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


def test_a_student_needs_fewer_layers(tmp_path: Path) -> None:
    from faq_component.training.vector_trainer import distil_vectors

    with pytest.raises(EncoderError, match="layers is 0; a student needs fewer layers"):
        distil_vectors(str(SHIPPED), tmp_path, ["退货"], [], TrainingSettings())
