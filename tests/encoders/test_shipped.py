"""The encoder that comes with the package, found from any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.assistant.build_encoders import build_encoder
from faq_component.encoders.shipped import encoder_place, own_encoder, shipped_encoder
from faq_component.settings import Settings


@pytest.mark.parametrize("name", ["default", "models/encoder"])
def test_it_is_found_where_there_is_no_other(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert encoder_place(name) == str(shipped_encoder())
    assert build_encoder(Settings(encoder=name)).encode(["退货"]).shape == (1, 384)


def test_a_projects_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert encoder_place("somebody/bert") == "somebody/bert"
    assert own_encoder("models/encoder") == Path("models/encoder")  # a copy, since a package's files are not to change
    assert (tmp_path / "models/encoder/model.onnx").read_bytes() == (shipped_encoder() / "model.onnx").read_bytes()
    assert encoder_place("models/encoder") == "models/encoder"
    assert own_encoder("models/encoder") == Path("models/encoder")
