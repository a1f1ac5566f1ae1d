from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faq_component.encoders import OnnxEncoder
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError

SHIPPED = Path(__file__).parents[2] / "models/encoder"
TEXTS = [
    "晚安",
    "怎么退货",
    "我的快递三天没有更新物流信息了到底怎么回事啊",
    "",
    "good night",
    "😀",
    "退货运费谁出" * 40,
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(SHIPPED, threads=2)


def test_unit_rows_in_the_order_of_the_texts(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_without_unit_length_only_the_length_differs(encoder: OnnxEncoder) -> None:
    raw = OnnxEncoder(SHIPPED, threads=2, unit_length=False)
    vectors = raw.encode(TEXTS)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (lengths > 1.5).all()
    np.testing.assert_allclose(vectors / lengths, encoder.encode(TEXTS), atol=1e-4)
    assert raw.fingerprint != encoder.fingerprint


def test_a_vector_does_not_depend_on_its_batch(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS * 20)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS] * 20)
    np.testing.assert_allclose((together * alone).sum(axis=1), 1.0, atol=1e-4)


def test_meaning(encoder: OnnxEncoder) -> None:
    query, near, far = encoder.encode(["不想要了怎么退货", "我要把东西退回去", "今天晚上吃什么"])
    assert query @ near > query @ far + 0.03


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        *((text, True) for text in ("晚安", "晚安👍", "ok", "？？", "!!!", "", "안녕 1")),
        *((text, False) for text in ("👍", "😡😡", "안녕하세요, 배송은 언제 오나요?", "Привет!", "。。。👍")),
    ],
)
def test_what_the_vocabulary_has_something_of(encoder: OnnxEncoder, text: str, reads: bool) -> None:
    assert encoder.reads(text) is reads


def test_what_lies_beyond_max_length_does_not_count(encoder: OnnxEncoder) -> None:
    first, second = encoder.encode(["退货" * 200, "退货" * 200 + "晚安"])
    assert first @ second == pytest.approx(1.0, abs=1e-5)


def copy_of_shipped(folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, folder / "encoder"))


def test_absent_encoder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"is not an encoder: there is no encoder\.json in it"):
        OnnxEncoder(tmp_path)
    with pytest.raises(EncoderError, match=r"model\.onnx is not an encoder"):
        OnnxEncoder(SHIPPED / "model.onnx")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: (folder / "tokenizer.json").write_text("{}"),
            r"tokenizer\.json has 2 bytes, encoder\.json says",
        ),
        (lambda folder: flip(folder / "model.onnx"), r"model\.onnx does not have the SHA-256"),
        (lambda folder: (folder / "model.onnx").unlink(), r"model\.onnx is missing"),
        (lambda folder: (folder / "encoder.json").write_text("{"), "is not JSON"),
        (lambda folder: edit(folder, format_version=9), "has format version 9; this program reads 1"),
        (lambda folder: edit(folder, pooling="max"), "pooling is 'max'"),
    ],
)
def test_damaged_encoder(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    folder = copy_of_shipped(tmp_path)
    damage(folder)
    with pytest.raises(EncoderError, match=message):
        OnnxEncoder(folder)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def edit(folder: Path, **values: object) -> None:
    file = folder / "encoder.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "sha256": None, **values}), "utf-8")


def test_the_fingerprint_follows_what_the_vectors_depend_on(tmp_path: Path) -> None:
    folder = copy_of_shipped(tmp_path)
    before = EncoderMetadata.read(folder).fingerprint
    assert EncoderMetadata.read(SHIPPED).fingerprint == before
    edit(folder, prefix="query: ")
    assert EncoderMetadata.read(folder).fingerprint != before
