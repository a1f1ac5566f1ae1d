"""Encoders on transformers and sentence-transformers, against each other and against ONNX, on the same weights."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.transformers_encoder import POOLINGS, TransformersEncoder
from faq_component.errors import EncoderError
from faq_component.training.checkpoint import write_checkpoint_note
from faq_component.training.export_encoder import export_encoder
from tests.tiny_bert import make_tiny_bert

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed; install the extra 'sentence-transformers'",
)
TEXTS = ["晚安", "怎么退货", "", "我的快递三天没有更新物流信息了", "😀", "\u200b\x07", "退货" * 5_000, "good night"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def sentence_folder(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as a model of sentence-transformers with mean pooling."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    transformer = Transformer(str(tiny), max_seq_length=64)
    pooling = Pooling(64, pooling_mode="mean")
    folder = tmp_path_factory.mktemp("sentence")
    SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(folder))
    return folder


@pytest.fixture(scope="module")
def all_encoders(tiny: Path, sentence_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Encoder]:
    from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

    onnx = tmp_path_factory.mktemp("onnx") / "encoder"
    copy = shutil.copytree(tiny, tmp_path_factory.mktemp("copy") / "tiny")
    write_checkpoint_note(copy, base="tiny", pooling="mean", prefix="")
    export_encoder(str(copy), onnx)
    return {
        "transformers": TransformersEncoder(str(tiny)),
        "sentence-transformers": SentenceTransformersEncoder(str(sentence_folder)),
        "onnx": OnnxEncoder(onnx),
    }


def test_the_same_weights_give_the_same_vectors(all_encoders: dict[str, Encoder]) -> None:
    vectors = {name: encoder.encode(TEXTS) for name, encoder in all_encoders.items()}
    cosines = (vectors["transformers"] * vectors["sentence-transformers"]).sum(axis=1)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-5)
    assert (vectors["transformers"] * vectors["onnx"]).sum(axis=1).min() > 0.98  # int8


@pytest.mark.parametrize("name", ["transformers", "sentence-transformers", "onnx"])
def test_what_every_encoder_does(all_encoders: dict[str, Encoder], name: str) -> None:
    encoder = all_encoders[name]
    together = encoder.encode(TEXTS * 3)
    assert together.shape == (3 * len(TEXTS), encoder.dim)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS] * 3)
    np.testing.assert_allclose((together * alone).sum(axis=1), 1.0, atol=1e-4)
    assert encoder.encode([]).shape == (0, encoder.dim)


def by_hand(folder: Path, text: str, pooling: str) -> Any:
    """The vector of one text, worked out token by token."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt", truncation=True, max_length=64)
    with torch.no_grad():
        output = AutoModel.from_pretrained(folder)(**inputs, output_hidden_states=True)
    last, before = output.hidden_states[-1][0].numpy(), output.hidden_states[-2][0].numpy()  # (tokens, dim)
    pooled = {"mean": last.mean(0), "cls": last[0], "max": last.max(0), "second_to_last_mean": before.mean(0)}[pooling]
    return pooled / np.linalg.norm(pooled)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_is_over_the_real_tokens(tiny: Path, pooling: str) -> None:
    vectors = TransformersEncoder(str(tiny), pooling=pooling).encode(TEXTS)
    expected = np.stack([by_hand(tiny, text, pooling) for text in TEXTS])
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_the_fingerprint_follows_what_the_vectors_depend_on(tiny: Path, tmp_path: Path) -> None:
    variants = [
        TransformersEncoder(str(tiny)),
        TransformersEncoder(str(tiny), pooling="max"),
        TransformersEncoder(str(tiny), prefix="问："),
        TransformersEncoder(str(tiny), unit_length=False),
    ]
    other = shutil.copytree(tiny, tmp_path / "other")
    assert TransformersEncoder(str(other)).fingerprint == variants[0].fingerprint
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "layer_norm_eps": 1e-3}))
    assert len({encoder.fingerprint for encoder in [*variants, TransformersEncoder(str(other))]}) == 5


def test_without_unit_length_only_the_length_differs(tiny: Path) -> None:
    raw = TransformersEncoder(str(tiny), unit_length=False).encode(TEXTS)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(unit, TransformersEncoder(str(tiny)).encode(TEXTS), atol=1e-5)
    assert not np.allclose(np.linalg.norm(raw, axis=1), 1.0)


def test_an_unknown_pooling() -> None:
    with pytest.raises(EncoderError, match="pooling is 'median'; choose one of mean, cls, max, second_to_last_mean"):
        TransformersEncoder("any", pooling="median")


def test_weights_that_would_be_unpickled_are_refused(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EncoderError, match=r"has no \*\.safetensors file, and other weights are not read"):
        TransformersEncoder(str(folder))


def test_a_folder_that_is_no_model(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "broken")
    (folder / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"broken cannot be loaded"):
        TransformersEncoder(str(folder))
