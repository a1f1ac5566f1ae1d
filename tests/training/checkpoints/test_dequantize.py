"""An encoder folder back to a checkpoint: parameter by parameter on a tiny BERT, and the encoder that is shipped."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.cli import main
from faq_component.encoders import OnnxEncoder
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError
from faq_component.support.model_metadata import MODEL
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint, write_checkpoint_note
from faq_component.training.probes import PROBES
from tests.tiny_bert import make_tiny_bert

if importlib.util.find_spec("torch") is None:
    pytest.skip("torch is not installed; install the extra 'train'", allow_module_level=True)

from faq_component.training.checkpoints.dequantize import dequantize_encoder
from faq_component.training.export.export_encoder import export_encoder

SHIPPED = Path(__file__).parents[3] / "models/encoder"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of which no two parameters are equal, with matrices of less than a block of 64."""
    folder = make_tiny_bert(tmp_path_factory.mktemp("tiny"), dim=48)
    import torch

    model = load_checkpoint(str(folder)).model
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.2 * torch.randn(parameter.shape)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    write_checkpoint_note(tiny, base="tiny", pooling="mean", prefix="问：")
    folder = tmp_path_factory.mktemp("exported") / "encoder"
    export_encoder(str(tiny), folder)
    return folder


def cosines(first: Any, second: Any) -> Any:
    return (first * second).sum(axis=1)


def test_every_parameter_comes_back(tiny: Path, encoder: Path, tmp_path: Path) -> None:
    report = dequantize_encoder(encoder, tmp_path / "back")
    assert (report.layers, report.dim) == (3, 48)
    assert report.mean_cosine > 0.999
    original, back = load_checkpoint(str(tiny)).model, load_checkpoint(str(tmp_path / "back")).model
    expected, found = original.state_dict(), back.state_dict()
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        rows = values.numpy()[: len(found[name])]  # the export keeps 128 of 512 positions
        loss = np.linalg.norm(found[name].numpy() - rows) / np.linalg.norm(rows)
        assert loss <= (0.0 if rows.ndim == 1 else 0.015), name  # vectors are not quantised at all
    for setting in ("num_attention_heads", "intermediate_size", "hidden_act", "layer_norm_eps", "pad_token_id"):
        assert getattr(back.config, setting) == getattr(original.config, setting)
    assert back.config.max_position_embeddings == 128


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_there_and_back_and_there_again(tiny: Path, tmp_path: Path, pooling: str) -> None:
    write_checkpoint_note(tiny, base="tiny", pooling=pooling, prefix="问：")
    export_encoder(str(tiny), tmp_path / "encoder")
    dequantize_encoder(tmp_path / "encoder", tmp_path / "back")
    back = load_checkpoint(str(tmp_path / "back"))
    assert (back.base, back.pooling, back.prefix) == ("tiny", pooling, "问：")
    own = embed(load_checkpoint(str(tiny)), PROBES, prefix="问：")
    assert cosines(embed(back, PROBES, prefix=back.prefix), own).min() > 0.99
    export_encoder(str(tmp_path / "back"), tmp_path / "again")
    first, second = (OnnxEncoder(tmp_path / name).encode(PROBES) for name in ("encoder", "again"))
    assert cosines(first, second).min() > 0.999


def test_the_shipped_encoder_becomes_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "checkpoint"
    assert main(["encoder", "import", str(SHIPPED), str(target)]) == 0
    assert f"({len(PROBES)} of {len(PROBES)} texts)" in " ".join(capsys.readouterr().out.split())
    checkpoint, encoder = load_checkpoint(str(target)), OnnxEncoder(SHIPPED)
    assert checkpoint.model.config.hidden_size == encoder.dim
    texts = ["退货运费谁出", "你叫什么名字呀", "see you tomorrow"]
    assert cosines(embed(checkpoint, texts, prefix=checkpoint.prefix), encoder.encode(texts)).min() > 0.999
    tokenizer = checkpoint.tokenizer
    assert None not in (tokenizer.pad_token, tokenizer.unk_token, tokenizer.cls_token, tokenizer.sep_token)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]  # nothing temporary is left


def test_the_bert_can_be_trained(encoder: Path, tmp_path: Path) -> None:
    dequantize_encoder(encoder, tmp_path / "back")
    checkpoint = load_checkpoint(str(tmp_path / "back"))
    inputs = checkpoint.tokenizer(["晚安", "怎么退货"], padding=True, return_tensors="pt")
    checkpoint.model.train()(**inputs).last_hidden_state.square().mean().backward()
    missing = [name for name, values in checkpoint.model.named_parameters() if values.grad is None]
    assert missing == []


def test_a_damaged_encoder_and_one_that_is_not_ours(encoder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(encoder, tmp_path / "encoder"))
    model = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(model[:-1])
    with pytest.raises(EncoderError, match=r"model\.onnx has \d+ bytes, encoder\.json says"):
        dequantize_encoder(folder, tmp_path / "back")
    (folder / MODEL).write_bytes(relu_only(tmp_path / "other.onnx"))
    values = json.loads((folder / "encoder.json").read_text("utf-8"))
    kept = {name: values[name] for name in ("base", "layers", "dim", "pooling", "prefix", "max_length")}
    EncoderMetadata.write(folder, **kept)
    with pytest.raises(EncoderError, match=r"model\.onnx has no graph that `faq encoder export` writes"):
        dequantize_encoder(folder, tmp_path / "back")
    with pytest.raises(EncoderError, match="is the encoder itself"):
        dequantize_encoder(folder, folder)
    assert not (tmp_path / "back").exists()


def relu_only(file: Path) -> bytes:
    """A valid model that is no BERT."""
    from onnx import TensorProto, helper, save

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "other", value[:1], value[1:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(file))
    return file.read_bytes()


def test_vectors_that_differ_leave_the_target_as_it_was(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "back"
    dequantize_encoder(encoder, target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    monkeypatch.setattr("faq_component.training.checkpoints.dequantize.MIN_MEAN_COSINE", 1.1)
    with pytest.raises(EncoderError, match=r"mean cosine .* is left as it was"):
        dequantize_encoder(encoder, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
