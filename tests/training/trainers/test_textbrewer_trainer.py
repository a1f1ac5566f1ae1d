"""Distillation with TextBrewer on the tiny BERT."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import EncoderError, SettingsError
from faq_component.evaluation.pairs import Pair
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.distillation import DistillationSettings, layer_matches, read_student
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

needs_textbrewer = pytest.mark.skipif(
    importlib.util.find_spec("textbrewer") is None, reason="textbrewer is not installed; install the extra 'train'"
)
SETTINGS = TrainingSettings(batch_size=8, learning_rate=2e-3, epochs=6.0, precision="fp32", threads=1, max_length=16)


def _distil(target: Path, distillation: DistillationSettings | None = None, **changes: Any) -> dict[str, float]:
    from faq_component.training.trainers.evaluators import PairEvaluator
    from faq_component.training.trainers.textbrewer_trainer import distil_network

    dev = [Pair(item.first, item.second, item.same) for item in word_examples(80, seed=1)]
    settings = replace(SETTINGS, **{"layers": 1, **changes})
    evaluators = [PairEvaluator("dev", dev)]
    return distil_network(
        str(SHIPPED), target, word_examples(), evaluators, settings, distillation or DistillationSettings()
    )


@needs_training
@needs_textbrewer
def test_the_student_follows_its_teacher(tmp_path: Path) -> None:
    from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint

    _distil(tmp_path / "run", epochs=20.0)
    teacher, student = load_checkpoint(str(SHIPPED)), load_checkpoint(str(tmp_path / "run/encoder"))
    asked = ["退货要多久", "请问会员", "我想换货"]
    cosines = (embed(teacher, asked, prefix="") * embed(student, asked, prefix="")).sum(axis=1)
    assert cosines.min() > 0.9
    losses = [row for row in (tmp_path / "run/curves.csv").read_text().splitlines()[1:] if not row.endswith(",")]
    assert float(losses[-1].split(",")[-1]) < 0.5 * float(losses[0].split(",")[-1])


@needs_training
@needs_textbrewer
def test_a_student_of_another_width_learns_from_labels_too(tmp_path: Path) -> None:
    description = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    (tmp_path / "student.json").write_text(json.dumps(description))
    distillation = DistillationSettings(label_weight=1.0, student=str(tmp_path / "student.json"))
    metrics = _distil(tmp_path / "run", distillation, layers=0, epochs=12.0)
    assert metrics["dev_accuracy"] > 0.8  # 0.6 untrained
    config = json.loads((tmp_path / "run/encoder/config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"]) == (16, 2)


@needs_training
@needs_textbrewer
@pytest.mark.slow
def test_a_killed_distillation_resumes(tmp_path: Path) -> None:
    from faq_component.training.trainers.resumable_distiller import Progress

    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.training.trainers.test_textbrewer_trainer import _distil\n"
        "_distil(Path(sys.argv[1]))"
    )
    whole = _distil(tmp_path / "whole")
    stopped = tmp_path / "stopped"
    process = subprocess.Popen([sys.executable, "-c", script, str(stopped)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (stopped / "checkpoints/state.pt").is_file() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached, end = (Progress.load(path / "checkpoints/state.pt").step for path in (stopped, tmp_path / "whole"))
    assert 0 < reached < end
    assert _distil(stopped) == pytest.approx(whole, abs=1e-3)
    last = [(tmp_path / name / "curves.csv").read_text().splitlines()[-1] for name in ("whole", "stopped")]
    assert last[0] == last[1]


def test_layers_are_matched_in_proportion() -> None:
    matches = layer_matches({"layers": 12, "dim": 384}, {"layers": 6, "dim": 384}, 7.0, 1e-3)
    assert [(item["layer_T"], item["layer_S"]) for item in matches] == [(2 * layer, layer) for layer in range(7)]
    assert sum(item["weight"] for item in matches) == pytest.approx(7.0)
    assert "proj" not in matches[0]
    narrow = layer_matches({"layers": 12, "dim": 384}, {"layers": 4, "dim": 128}, 1.0, 1e-3)
    assert [item["layer_T"] for item in narrow] == [0, 3, 6, 9, 12]
    assert narrow[0]["proj"] == ["linear", 128, 384, {"lr": 1e-3}]


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="all 0; there is nothing to learn"):
        DistillationSettings(hidden_weight=0.0, vector_weight=0.0)
    with pytest.raises(SettingsError, match=r"setting 'hidden_weight' is -1; it must be between 0.0 and 1000000.0"):
        DistillationSettings(hidden_weight=-1)
    (tmp_path / "student.json").write_text('{"hidden_size": 16}')
    with pytest.raises(EncoderError, match="lacks num_hidden_layers, num_attention_heads"):
        read_student(str(tmp_path / "student.json"))


@needs_training
@needs_textbrewer
def test_a_student_must_be_smaller(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="layers is 2; a teacher with 2 layers needs 1 to 1"):
        _distil(tmp_path / "run", layers=2)
