"""Encoders on transformers and sentence-transformers, against each other and against ONNX, on the same weights."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.remote import RemoteEncoder
from faq_component.encoders.transformers_encoder import POOLINGS, TransformersEncoder
from faq_component.encoders.weights import fingerprint
from faq_component.errors import EncoderError, MissingExtraError
from faq_component.training.checkpoints.checkpoint import write_checkpoint_note
from faq_component.training.export.export_encoder import export_encoder
from tests.encoders.test_remote import Handler, Server
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
def all_encoders(
    tiny: Path, sentence_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Encoder]]:
    from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

    onnx = tmp_path_factory.mktemp("onnx") / "encoder"
    copy = shutil.copytree(tiny, tmp_path_factory.mktemp("copy") / "tiny")
    write_checkpoint_note(copy, base="tiny", pooling="mean", prefix="")
    export_encoder(str(copy), onnx)
    served = TransformersEncoder(str(tiny), unit_length=False)
    server = Server(("127.0.0.1", 0), Handler)
    server.answer = lambda request: {
        "id": request["id"],
        "results": served.encode(request["texts"]).tolist(),
        "status": 200,
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "transformers": TransformersEncoder(str(tiny)),
        "sentence-transformers": SentenceTransformersEncoder(str(sentence_folder)),
        "onnx": OnnxEncoder(onnx),
        "remote": RemoteEncoder(server.url),
    }
    server.shutdown()
    server.server_close()


def test_the_same_weights_give_the_same_vectors(all_encoders: dict[str, Encoder]) -> None:
    vectors = {name: encoder.encode(TEXTS) for name, encoder in all_encoders.items()}
    cosines = (vectors["transformers"] * vectors["sentence-transformers"]).sum(axis=1)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-5)
    assert (vectors["transformers"] * vectors["onnx"]).sum(axis=1).min() > 0.98  # int8
    np.testing.assert_allclose(vectors["remote"], vectors["transformers"], atol=1e-5)


@pytest.mark.parametrize("name", ["transformers", "sentence-transformers", "onnx", "remote"])
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


def test_weights_that_are_missing_are_not_made_up(tiny: Path, tmp_path: Path) -> None:
    """transformers only warns, and takes random numbers: other vectors at each start."""
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny, tmp_path / "foreign")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lacks 1 weight of its model, encoder\.layer\.1\.output\.dense\.weight"):
        TransformersEncoder(str(folder))


@pytest.mark.parametrize("name", ["TransformersEncoder", "SentenceTransformersEncoder"])
def test_a_damaged_file_of_weights(tiny: Path, tmp_path: Path, name: str) -> None:
    from faq_component.encoders import sentence_transformers_encoder, transformers_encoder

    folder = shutil.copytree(tiny, tmp_path / "damaged")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:500])
    encoder = getattr(transformers_encoder, name, None) or getattr(sentence_transformers_encoder, name)
    with pytest.raises(EncoderError, match=r"damaged cannot be loaded"):
        encoder(str(folder))


def test_a_models_own_code_is_not_run(tiny: Path, tmp_path: Path) -> None:
    from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w')\nfrom transformers import BertConfig as C, BertModel as M\n"
    mine = shutil.copytree(tiny, tmp_path / "mine")
    (mine / "mine.py").write_text(code)
    config = json.loads((mine / "config.json").read_text())
    own = {"model_type": "mine", "auto_map": {"AutoConfig": "mine.C", "AutoModel": "mine.M"}}
    (mine / "config.json").write_text(json.dumps({**config, **own}))
    with pytest.raises(EncoderError, match="cannot be loaded"):
        TransformersEncoder(str(mine))

    modules = shutil.copytree(tiny, tmp_path / "modules")
    (modules / "mine.py").write_text(code)
    (modules / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "mine.M"}]))
    with pytest.raises(EncoderError, match=r"names the class 'mine\.M', and a model's own code is not run"):
        SentenceTransformersEncoder(str(modules))
    (modules / "modules.json").write_text("{")
    with pytest.raises(EncoderError, match="is not a list of modules"):
        SentenceTransformersEncoder(str(modules))
    assert not trace.exists()


def test_16_bit_weights_are_computed_with_in_32_bits(tiny: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    half = shutil.copytree(tiny, tmp_path / "half")
    rounded: Any = BertModel.from_pretrained(tiny, add_pooling_layer=False).bfloat16()
    rounded.save_pretrained(half)
    full = shutil.copytree(tiny, tmp_path / "full")
    rounded.float().save_pretrained(full)
    vectors = TransformersEncoder(str(half)).encode(TEXTS)
    np.testing.assert_allclose(vectors, TransformersEncoder(str(full)).encode(TEXTS), atol=1e-6)


def test_the_fingerprint_follows_small_modules_and_the_commit(tmp_path: Path) -> None:
    (tmp_path / "2_Dense").mkdir()
    before = fingerprint(str(tmp_path), "sentence-transformers")
    (tmp_path / "2_Dense" / "pytorch_model.bin").write_bytes(b"1")
    assert fingerprint(str(tmp_path), "sentence-transformers") != before
    assert fingerprint("a/b", "transformers", commit="1") != fingerprint("a/b", "transformers", commit="2")


def test_a_missing_extra_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"\[train\]"):
        TransformersEncoder(str(tiny))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"\[sentence-transformers\]"):
        SentenceTransformersEncoder(str(tiny))
