"""Checkpoints between two others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faq_component.cli import main
from tests.tiny_bert import SHIPPED, make_tiny_bert
from tests.training.needs import needs_training

pytestmark = needs_training


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT with every weight three greater."""
    from faq_component.training.checkpoints.checkpoint import load_checkpoint, save_tokenizer

    folder = tmp_path_factory.mktemp("other")
    checkpoint = load_checkpoint(str(SHIPPED))
    for parameter in checkpoint.model.parameters():
        parameter.data += 3
    checkpoint.model.save_pretrained(folder)
    save_tokenizer(checkpoint.tokenizer, folder)
    return folder


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_between(share: float, other: Path, tmp_path: Path) -> None:
    from faq_component.training.checkpoints.checkpoint import load_checkpoint

    target = tmp_path / "mixed"
    assert main(["encoder", "mix", str(SHIPPED), str(other), str(target), "--share", str(share)]) == 0
    before, mixed = (dict(load_checkpoint(str(path)).model.named_parameters()) for path in (SHIPPED, target))
    for name, values in before.items():
        np.testing.assert_allclose(mixed[name].detach(), values.detach() + 3 * share, atol=1e-5)


def test_faults_are_one_sentence(other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["encoder", "mix", str(SHIPPED), str(other), str(tmp_path / "mixed")]
    assert main([*command, "--share", "1.5"]) == 2
    assert "share is 1.5; it must be from 0" in capsys.readouterr().err
    deeper = make_tiny_bert(tmp_path / "deeper")
    assert main(["encoder", "mix", str(SHIPPED), str(deeper), str(tmp_path / "mixed")]) == 2
    assert "differ in the shape of" in capsys.readouterr().err
    assert not (tmp_path / "mixed").exists()
