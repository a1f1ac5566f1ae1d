"""How far a fit goes from its base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faq_component.encoders import Vectors
from faq_component.training.trainers.evaluators import Encode
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import ASK, WORDS

pytestmark = needs_training
TEXTS = [ask.format(word) for ask in ASK for word in WORDS]


class NearTo:
    """Judges by how near the vectors are to given ones; None: all are equally good."""

    metrics = ("near", "other")
    fingerprint = "near"

    def __init__(self, wanted: Vectors | None) -> None:
        self._wanted = wanted

    def __call__(self, encode: Encode) -> dict[str, float]:
        near = 0.0 if self._wanted is None else -float(np.abs(encode(TEXTS) - self._wanted).max())
        return {"other": 0.0, "near": near}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT after a training that moved every weight."""
    import torch

    from faq_component.training.checkpoints.checkpoint import load_checkpoint
    from faq_component.training.checkpoints.saving import save_checkpoint

    checkpoint = load_checkpoint(str(SHIPPED))
    torch.manual_seed(0)
    for parameter in checkpoint.model.parameters():
        parameter.data += torch.randn_like(parameter) * 0.3
    folder = tmp_path_factory.mktemp("tuned") / "encoder"
    save_checkpoint(checkpoint, folder)
    return folder


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_the_best_by_the_first_metric_is_taken(share: float, tuned: Path, tmp_path: Path) -> None:
    from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint
    from faq_component.training.network.mix import mix_checkpoints
    from faq_component.training.trainers.best_mixture import best_mixture

    mix_checkpoints(str(SHIPPED), str(tuned), tmp_path / "wanted", share)
    wanted = embed(load_checkpoint(str(tmp_path / "wanted")), TEXTS, prefix="")
    said: list[str] = []
    best = best_mixture(str(SHIPPED), str(tuned), NearTo(wanted), tmp_path / "mixed", said.append, 16)
    np.testing.assert_allclose(embed(load_checkpoint(best), TEXTS, prefix=""), wanted, atol=1e-5)
    assert [line.split()[0] for line in said] == ["25%", "50%", "75%", "100%"]
    assert (best == str(tuned)) == (share == 1.0)


def test_of_equally_good_ones_the_nearest_to_the_base(tuned: Path, tmp_path: Path) -> None:
    from faq_component.training.trainers.best_mixture import best_mixture

    best = best_mixture(str(SHIPPED), str(tuned), NearTo(None), tmp_path / "mixed", print, 16)
    assert Path(best).name == "0.25"
    before = (Path(best) / "config.json").stat().st_mtime_ns
    assert best_mixture(str(SHIPPED), str(tuned), NearTo(None), tmp_path / "mixed", print, 16) == best
    assert (Path(best) / "config.json").stat().st_mtime_ns == before
