"""Vector indexes: exact order of what they find, changes without starting anew, and safe storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from faq_component.retrieval import indexes
from faq_component.retrieval.indexes import APPROXIMATE_FROM, ApproximateIndex, Vectors, build_index, choose_kind

KINDS = ("exact", "flat", "hnsw", "ivf", "sq8")
APPROXIMATE = ("hnsw", "ivf", "sq8")


def clusters(count: int, seed: int = 0, dim: int = 32) -> Vectors:
    """Unit vectors in loose clusters, as those of sentences are."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(count // 20 + 1, dim))
    vectors = centres[draw.integers(len(centres), size=count)] + 0.25 * draw.normal(size=(count, dim))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def exact_rows(vectors: Vectors, queries: Vectors, k: int) -> Any:
    return build_index(vectors, "exact").search(queries, k)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_the_nearest_with_their_exact_products(kind: str) -> None:
    both = clusters(3_050)
    vectors, queries = both[:3_000], both[3_000:]
    products, rows = build_index(vectors, kind).search(queries, 10)
    np.testing.assert_allclose(products, np.einsum("qd,qkd->qk", queries, vectors[rows]), atol=1e-5)
    assert (np.diff(products, axis=1) <= 1e-6).all()
    truth = exact_rows(vectors, queries, 10)
    recall = np.mean([len(set(found) & set(true)) / 10 for found, true in zip(rows, truth, strict=True)])
    assert recall >= 0.97


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05, 0.001, 0.0])
def test_a_filter_finds_the_nearest_of_what_it_lets_through(kind: str, share: float) -> None:
    both = clusters(3_050)
    vectors, queries = both[:3_000], both[3_000:]
    among = np.random.default_rng(1).random(3_000) < share
    among[:3] = share > 0
    products, rows = build_index(vectors, kind).search(queries, 10, among)
    truth = np.argsort(-np.where(among, queries @ vectors.T, -np.inf), axis=1, kind="stable")[:, :10]
    wanted = min(10, int(among.sum()))
    shares = []
    for found, scores, query, true in zip(rows, products, queries, truth, strict=True):
        kept = found[found >= 0]
        assert among[kept].all()
        np.testing.assert_allclose(scores[: len(kept)], vectors[kept] @ query, atol=1e-5)
        shares.append(len(set(kept) & set(true[:wanted])) / wanted if wanted else float(not len(kept)))
    assert np.mean(shares) >= 0.97


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_a_filter_after_posts_were_added_and_removed(kind: str) -> None:
    vectors, added = clusters(600), clusters(40, seed=2)
    index = build_index(vectors, kind)
    kept = np.setdiff1d(np.arange(600), [0, 7, 599])
    newer = np.concatenate([added, vectors[kept]])
    updated = index.updated(newer, np.concatenate([np.full(40, -1), kept]))
    among = np.arange(len(newer)) % 2 == 0
    rows = updated.search(newer, 1, among)[1][:, 0]
    np.testing.assert_array_equal(rows[among], np.flatnonzero(among))
    assert among[rows].all()
    old = index.search(vectors, 1, np.arange(600) % 2 == 0)[1][:, 0]
    np.testing.assert_array_equal(old[::2], np.arange(0, 600, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_more_asked_for_than_there_are(kind: str) -> None:
    vectors = clusters(5)
    products, rows = build_index(vectors, kind).search(vectors[:1], 50)
    found = rows[0][rows[0] >= 0]
    assert sorted(found.tolist()) == [0, 1, 2, 3, 4]
    assert np.isfinite(products[0][rows[0] >= 0]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_posts_are_added_changed_and_removed(kind: str) -> None:
    vectors, added = clusters(600), clusters(40, seed=2)
    index = build_index(vectors, kind)
    kept = np.setdiff1d(np.arange(600), [0, 7, 599])
    newer = np.concatenate([added[:20], vectors[kept], added[20:]])
    old_rows = np.concatenate([np.full(20, -1), kept, np.full(20, -1)])
    updated = index.updated(newer, old_rows)
    np.testing.assert_array_equal(updated.search(newer, 1)[1][:, 0], np.arange(len(newer)))
    gone = updated.search(vectors[[0, 7, 599]], 5)
    assert (gone[1] >= 0).all()
    assert (gone[0] < 0.999).all()
    # The one that was updated still answers for the old posts, and only for them.
    np.testing.assert_array_equal(index.search(vectors, 1)[1][:, 0], np.arange(600))
    assert (index.search(added, 1)[0] < 0.999).all()


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_only_new_vectors_enter_an_approximate_index(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, added = clusters(600), clusters(5, seed=2)
    index = build_index(vectors, kind)
    monkeypatch.setattr("faq_component.retrieval.indexes.build_faiss_index", None)  # building anew would fail
    newer = index.updated(np.concatenate([vectors[10:], added]), np.append(np.arange(10, 600), np.full(5, -1)))
    assert isinstance(newer, ApproximateIndex)
    assert newer.faiss_index.ntotal == 605
    assert newer.search(added, 1)[1][:, 0].tolist() == [590, 591, 592, 593, 594]


def test_an_index_of_many_dead_vectors_is_built_anew() -> None:
    vectors = clusters(600)
    newer = build_index(vectors, "hnsw").updated(vectors[300:], np.arange(300, 600))
    assert isinstance(newer, ApproximateIndex)
    assert newer.faiss_index.ntotal == 300


def test_two_updates_of_one_index_do_not_mix() -> None:
    vectors, first, second = clusters(600), clusters(3, seed=3), clusters(3, seed=4)
    index = build_index(vectors, "hnsw")
    old_rows = np.append(np.arange(600), np.full(3, -1))
    one = index.updated(np.concatenate([vectors, first]), old_rows)
    two = index.updated(np.concatenate([vectors, second]), old_rows)
    np.testing.assert_allclose(one.search(first, 1)[0], 1.0, atol=1e-5)
    np.testing.assert_allclose(two.search(second, 1)[0], 1.0, atol=1e-5)


def test_auto_goes_by_the_number_of_posts() -> None:
    assert (choose_kind(APPROXIMATE_FROM - 1), choose_kind(APPROXIMATE_FROM)) == ("flat", "hnsw")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that were rebuilt."""
    kinds: list[str] = []

    def build(vectors: Vectors, kind: str, faiss_index: Any = None) -> ApproximateIndex:
        if faiss_index is None:
            kinds.append(kind)
        return ApproximateIndex(vectors, kind, faiss_index)

    monkeypatch.setattr(indexes, "ApproximateIndex", build)
    return kinds


def test_a_stored_index_is_used_again(tmp_path: Path, built: list[str]) -> None:
    vectors = clusters(500)
    first = build_index(vectors, "hnsw", tmp_path / "indexes").search(vectors, 5)
    again = build_index(vectors, "hnsw", tmp_path / "indexes").search(vectors, 5)
    np.testing.assert_array_equal(first[1], again[1])
    assert built == ["hnsw"]
    assert (tmp_path / "indexes").stat().st_mode & 0o077 == 0


def test_other_vectors_or_another_kind_are_not_mixed_up(tmp_path: Path, built: list[str]) -> None:
    for vectors, kind in ((clusters(500), "hnsw"), (clusters(500, seed=5), "hnsw"), (clusters(500), "sq8")):
        np.testing.assert_allclose(build_index(vectors, kind, tmp_path).search(vectors, 1)[0], 1.0, atol=1e-5)
    assert built == ["hnsw", "hnsw", "sq8"]


def test_a_damaged_index_is_never_given_to_faiss(
    tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = clusters(500)
    build_index(vectors, "hnsw", tmp_path)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    monkeypatch.setattr(faiss, "deserialize_index", None)  # reading it would fail
    for damaged in (content[:-1], content[:-1] + bytes([content[-1] ^ 1])):
        file.write_bytes(damaged)
        found = build_index(vectors, "hnsw", tmp_path).search(vectors, 1)
        np.testing.assert_allclose(found[0], 1.0, atol=1e-5)
    assert built == ["hnsw"] * 3


def test_an_index_of_another_faiss_is_not_read(
    tmp_path: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = clusters(500)
    build_index(vectors, "hnsw", tmp_path)
    monkeypatch.setattr(faiss, "__version__", "0.0")
    build_index(vectors, "hnsw", tmp_path)
    assert built == ["hnsw"] * 2


def test_old_indexes_are_removed(tmp_path: Path) -> None:
    for seed in range(5):
        build_index(clusters(100, seed=seed), "sq8", tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
