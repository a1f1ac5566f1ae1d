from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError
from faq_component.support.model_metadata import FileCheck
from tests.support.damage import damaged

SHIPPED = Path("models/encoder")
MODEL, TOKENIZER = b"a model", b"a tokenizer"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(MODEL)
    (tmp_path / "tokenizer.json").write_bytes(TOKENIZER)
    write(tmp_path)
    return tmp_path


def write(folder: Path, **values: object) -> EncoderMetadata:
    usual = {"base": "某个/base", "layers": 2, "dim": 8, "pooling": "mean", "prefix": "", "max_length": 64}
    return EncoderMetadata.write(folder, **{**usual, **values})


def edit(folder: Path, **values: object) -> None:
    file = folder / "encoder.json"
    content = {**json.loads(file.read_text("utf-8")), "sha256": None, **values}
    file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}), "utf-8")


def test_what_is_written_is_read(folder: Path) -> None:
    metadata = EncoderMetadata.read(folder)
    assert metadata == write(folder)
    assert metadata.files["model.onnx"] == FileCheck(len(MODEL), hashlib.sha256(MODEL).hexdigest())
    assert (metadata.base, metadata.layers, metadata.dim, metadata.max_length) == ("某个/base", 2, 8, 64)


@pytest.mark.parametrize(
    "change", [{"prefix": "query: "}, {"pooling": "cls"}, {"max_length": 32}, {"base": "another"}, {"layers": 3}]
)
def test_the_fingerprint_follows_every_field(folder: Path, change: dict[str, object]) -> None:
    before = EncoderMetadata.read(folder, verify=False).fingerprint
    assert write(folder).fingerprint == before
    assert write(folder, **change).fingerprint != before


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_the_fingerprint_follows_every_file(folder: Path, file: str) -> None:
    before = EncoderMetadata.read(folder, verify=False).fingerprint
    (folder / file).write_bytes(b"another")
    assert write(folder).fingerprint != before


def test_files_are_checked_only_on_demand(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"b model")
    EncoderMetadata.read(folder, verify=False)
    with pytest.raises(EncoderError, match=r"model\.onnx does not have the SHA-256 .* export the model again"):
        EncoderMetadata.read(folder)


def test_a_file_of_another_size_names_both_sizes(folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(b"short")
    with pytest.raises(EncoderError, match=r"tokenizer\.json has 5 bytes, encoder\.json says 11;"):
        EncoderMetadata.read(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format_version": 2}, "has format version 2; this program reads 1"),
        ({"format_version": None}, "has format version None; this program reads 1"),
        ({"pooling": "max"}, "pooling is 'max'; this program knows mean, cls"),
        ({"dim": None}, "'dim' is missing or wrong"),
        ({"dim": "8"}, "'dim' is missing or wrong"),
        ({"dim": True}, "'dim' is missing or wrong"),
        ({"base": 1}, "'base' is missing or wrong"),
        ({"files": None}, "'files' is missing or wrong"),
        ({"files": {"model.onnx": {"size": 7}}}, "missing or wrong"),
        ({"files": ["model.onnx"]}, "missing or wrong"),
        ({"files": {}}, "'model.onnx' is missing or wrong"),
    ],
)
def test_wrong_fields_are_named(folder: Path, values: dict[str, object], message: str) -> None:
    edit(folder, **values)
    with pytest.raises(EncoderError, match=message):
        EncoderMetadata.read(folder, verify=False)


def test_the_format_of_the_shipped_encoder_is_the_one_that_is_written(tmp_path: Path) -> None:
    metadata = EncoderMetadata.read(SHIPPED)
    for name in metadata.files:
        shutil.copy(SHIPPED / name, tmp_path)
    values = {name: value for name, value in vars(metadata).items() if name != "files"}
    assert EncoderMetadata.write(tmp_path, **values) == metadata
    assert (tmp_path / "encoder.json").read_bytes() == (SHIPPED / "encoder.json").read_bytes()
    content = json.loads((tmp_path / "encoder.json").read_text("utf-8"))
    del content["format_version"], content["sha256"]
    # Another one, and all vectors on disk would be computed again.
    assert metadata.fingerprint == hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"1"])
def test_what_is_not_metadata_is_refused(folder: Path, content: bytes) -> None:
    (folder / "encoder.json").write_bytes(content)
    with pytest.raises(EncoderError, match=r"encoder\.json"):
        EncoderMetadata.read(folder, verify=False)


def test_the_module_needs_the_standard_library_alone() -> None:
    code = (
        "import sys, types; package = types.ModuleType('faq_component.encoders');"
        "import faq_component; package.__path__ = [faq_component.__path__[0] + '/encoders'];"
        "sys.modules['faq_component.encoders'] = package;"
        "import faq_component.encoders.metadata;"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'numpy', 'onnxruntime', 'tokenizers'}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert result.stdout.strip() == ""


def test_every_damage_of_the_metadata_is_told(folder: Path) -> None:
    for content in damaged((folder / "encoder.json").read_bytes(), 300):
        (folder / "encoder.json").write_bytes(content)
        with contextlib.suppress(EncoderError):
            assert EncoderMetadata.read(folder, verify=False) == write(folder)  # a space or the end of the file


def test_a_changed_number_is_told_with_a_way_on(folder: Path) -> None:
    file = folder / "encoder.json"
    file.write_text(file.read_text("utf-8").replace('"max_length": 64', '"max_length": 65'), "utf-8")
    with pytest.raises(EncoderError, match="does not have the SHA-256 that it names; fetch or export the model again"):
        EncoderMetadata.read(folder, verify=False)
