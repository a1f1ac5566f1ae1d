"""Both ways of training, on the tiny BERT that ships with the tests."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.errors import EncoderError
from faq_component.evaluation.pairs import Pair
from faq_component.training.settings import TrainingSettings
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

pytestmark = needs_training

BASE = str(SHIPPED)
EXAMPLES = word_examples()
DEV = [Pair(item.first, item.second, item.same) for item in word_examples(80, seed=1)]
QUICK = TrainingSettings(batch_size=8, learning_rate=2e-3, epochs=6.0, precision="fp32", threads=1, max_length=16)


def _train(framework: str, target: Path, **changes: Any) -> dict[str, float]:
    from faq_component.training.trainers.evaluators import PairEvaluator

    if framework == "trainer":
        from faq_component.training.trainers.siamese_trainer import train_siamese as train
    else:
        from faq_component.training.trainers.library_trainer import train_with_library as train
    settings = replace(QUICK, **changes)
    return train(BASE, target, EXAMPLES, [PairEvaluator("dev", DEV)], settings)


@pytest.mark.parametrize("framework", ["trainer", "sentence-transformers"])
def test_training_improves_and_writes_an_encoder_and_curves(framework: str, tmp_path: Path) -> None:
    from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint

    metrics = _train(framework, tmp_path / "run")
    assert metrics["dev_accuracy"] > 0.85  # 0.6 untrained
    checkpoint = load_checkpoint(str(tmp_path / "run/encoder"))
    assert (checkpoint.base, checkpoint.pooling, checkpoint.prefix) == (BASE, "mean", "")
    near, far = embed(checkpoint, ["怎么退货", "请问退货"], prefix=""), embed(checkpoint, ["怎么发票"], prefix="")
    assert near[0] @ near[1] > near[0] @ far[0] + 0.2
    lines = (tmp_path / "run/curves.csv").read_text().splitlines()
    assert lines[0].startswith("step,")
    assert "eval_dev_accuracy" in lines[0]
    measured = [int(line.split(",")[0]) for line in lines[1:] if line.split(",")[1]]
    assert len(measured) == 4
    assert measured[-1] == max(
        int(line.split(",")[0]) for line in lines[1:]
    )  # the last step, though 4 do not divide it
    assert (tmp_path / "run/curves.png").read_bytes().startswith(b"\x89PNG")


def test_both_frameworks_give_the_same_loss_on_a_batch() -> None:
    import torch

    from faq_component.training.trainers.dataset import SiameseCollator, SiameseDataset
    from faq_component.training.trainers.library_trainer import LibraryLoss, load_sentence_transformer
    from faq_component.training.trainers.siamese_trainer import load_base

    for loss in ("cosent+ranking", "online-contrastive", "contrastive", "hinge", "cosine"):
        for pooling in ("mean", "cls", "max"):
            settings = TrainingSettings(loss=loss, pooling=pooling, max_length=16)
            batch = word_examples(12)
            ours, tokenizer, _ = load_base(BASE, settings)
            data = SiameseDataset(batch, tokenizer, max_length=16)
            own = ours.eval()(**SiameseCollator(tokenizer.pad_token_id)([data[row] for row in range(12)])).loss.detach()
            library = load_sentence_transformer(BASE, settings).eval()
            sides = ([item.first for item in batch], [item.second for item in batch])
            features = [library.preprocess(list(side)) for side in sides]
            labels = torch.tensor([float(item.same) for item in batch])
            theirs = LibraryLoss(library, settings)(features, labels).detach()
            assert float(theirs) == pytest.approx(float(own), rel=1e-4)


def test_each_framework_loads_the_checkpoints_of_the_other(tmp_path: Path) -> None:
    from faq_component.training.trainers.library_trainer import load_sentence_transformer
    from faq_component.training.trainers.siamese_trainer import encode_texts, load_base

    texts = ["怎么退货", "发票要多久", "请问会员"]
    for framework in ("trainer", "sentence-transformers"):
        settings = replace(QUICK, pooling="max")
        _train(framework, tmp_path / framework, epochs=1.0, pooling="max")
        folder = str(tmp_path / framework / "encoder")
        ours, tokenizer, _ = load_base(folder, settings)
        library = load_sentence_transformer(folder, settings)
        np.testing.assert_allclose(
            encode_texts(ours, tokenizer, texts, settings), library.encode(texts, normalize_embeddings=True), atol=1e-5
        )


def test_plain_sentence_transformers_loads_what_the_trainer_wrote(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint

    _train("trainer", tmp_path / "run", epochs=1.0, pooling="cls")
    loaded = SentenceTransformer(str(tmp_path / "run/encoder"), device="cpu")
    own = embed(load_checkpoint(str(tmp_path / "run/encoder")), ["怎么退货"], prefix="")
    np.testing.assert_allclose(loaded.encode(["怎么退货"], normalize_embeddings=True), own, atol=1e-5)
    assert loaded.get_max_seq_length() == 16


@pytest.mark.parametrize("framework", ["trainer", pytest.param("sentence-transformers", marks=pytest.mark.slow)])
def test_a_killed_training_resumes_with_the_same_batches(framework: str, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.training.trainers.test_trainers import _train\n"
        "print(_train(sys.argv[1], Path(sys.argv[2]), checkpoints=12))"
    )
    whole = _train(framework, tmp_path / "whole", checkpoints=12)
    stopped = tmp_path / "stopped"
    process = subprocess.Popen([sys.executable, "-c", script, framework, str(stopped)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(stopped.glob("checkpoints/checkpoint-*/trainer_state.json")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached = max(int(path.name.rpartition("-")[2]) for path in stopped.glob("checkpoints/checkpoint-*"))
    assert reached < max(int(line.split(",")[0]) for line in (tmp_path / "whole/curves.csv").read_text().split()[1:])
    resumed = _train(framework, stopped, checkpoints=12)
    assert resumed == pytest.approx(whole, abs=1e-3)
    curves = [
        (path / "curves.csv").read_text().splitlines()[-1].split(",")[0] for path in (tmp_path / "whole", stopped)
    ]
    assert curves[0] == curves[1]


def test_two_processes_share_the_batches(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom tests.training.trainers.test_trainers import _train\n"
        "if __name__ == '__main__':\n    _train('trainer', Path(sys.argv[1]), batch_tokens=64, evaluations=1)\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [*command, str(script), str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    best = json.loads((tmp_path / "run/best.json").read_text())
    assert best["dev_accuracy"] > 0.8
    state = json.loads(next((tmp_path / "run/checkpoints").glob("*/trainer_state.json")).read_text())
    # Of 6 * 160 / 8 batches, and as many again as tokens end one before its eighth pair, each process has half.
    assert 60 < state["max_steps"] == state["global_step"] < 240
    assert len(list(csv.DictReader((tmp_path / "run/curves.csv").open()))) > 40


def test_layers_are_kept_as_asked(tmp_path: Path) -> None:
    from faq_component.training.network.smaller_bert import chosen_layers

    assert chosen_layers(12, 6, "first") == [0, 1, 2, 3, 4, 5]
    assert chosen_layers(12, 6, "even") == [1, 3, 5, 7, 9, 11]
    assert chosen_layers(12, 4, "even") == [2, 5, 8, 11]
    _train("trainer", tmp_path / "run", layers=1, epochs=0.5)
    assert json.loads((tmp_path / "run/encoder/config.json").read_text())["num_hidden_layers"] == 1
    with pytest.raises(EncoderError, match="layers is 9; the base has 2, so it must be between 1 and 2"):
        _train("trainer", tmp_path / "other", layers=9)


def test_another_training_in_the_folder_is_refused(tmp_path: Path) -> None:
    _train("trainer", tmp_path / "run", epochs=0.5)
    with pytest.raises(EncoderError, match=r"learning_rate was 0.002 and is 0.001 now; choose another folder"):
        _train("trainer", tmp_path / "run", epochs=0.5, learning_rate=1e-3)
    from faq_component.training.trainers.siamese_trainer import load_base

    with pytest.raises(EncoderError, match="cannot be trained as a BERT"):
        load_base(str(tmp_path), TrainingSettings())
