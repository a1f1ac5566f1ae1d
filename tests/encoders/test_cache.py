from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from faq_component.encoders.cache import CachedEncoder
from tests.fakes import CharacterEncoder


def test_a_second_start_encodes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "private" / "vectors.sqlite"
    first = CachedEncoder(CharacterEncoder(), file).encode(["退货", "换货", "退货"])
    inner = CharacterEncoder()
    second = CachedEncoder(inner, file).encode(["换货", "退货"])
    assert inner.encoded == []
    np.testing.assert_array_equal(second, first[[1, 0]])


def test_only_what_is_new_is_encoded(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    CachedEncoder(CharacterEncoder(), file).encode(["退货"])
    inner = CharacterEncoder()
    assert CachedEncoder(inner, file).encode(["退货", "发票"]).shape == (2, inner.dim)
    assert inner.encoded == ["发票"]


def test_another_encoder_gets_its_own_vectors(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    CachedEncoder(CharacterEncoder(), file).encode(["退货"])
    other = CharacterEncoder()
    other.fingerprint = "another"
    CachedEncoder(other, file).encode(["退货"])
    assert other.encoded == ["退货"]


def test_a_damaged_file_is_built_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "vectors.sqlite"
    file.write_bytes(b"not a database" * 100)
    assert CachedEncoder(CharacterEncoder(), file).encode(["退货"]).shape == (1, 64)
    assert "is damaged" in caplog.text
    inner = CharacterEncoder()
    CachedEncoder(inner, file).encode(["退货"])
    assert inner.encoded == []


def test_a_damaged_vector_is_encoded_anew(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    good = CachedEncoder(CharacterEncoder(), file).encode(["退货"])
    with sqlite3.connect(file) as database:
        database.execute("UPDATE vectors SET vector = zeroblob(260)")
    np.testing.assert_array_equal(CachedEncoder(CharacterEncoder(), file).encode(["退货"]), good)


def test_a_row_whose_bits_were_flipped_is_encoded_anew(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    good = CachedEncoder(CharacterEncoder(), file).encode(["退货"])
    with sqlite3.connect(file) as database:
        ((blob,),) = database.execute("SELECT vector FROM vectors")
        database.execute("UPDATE vectors SET vector = ?", [bytes([blob[0] ^ 1]) + blob[1:]])
    np.testing.assert_array_equal(CachedEncoder(CharacterEncoder(), file).encode(["退货"]), good)


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    assert CachedEncoder(CharacterEncoder(), tmp_path / "file" / "vectors.sqlite").encode(["退货"]).shape == (1, 64)
    assert "cannot be written" in caplog.text


def test_no_texts(tmp_path: Path) -> None:
    assert CachedEncoder(CharacterEncoder(), tmp_path / "vectors.sqlite").encode([]).shape == (0, 64)
