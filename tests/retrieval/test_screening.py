"""The screen in 8 bits: it loses none of the nearest, whatever the vectors are like, and leaves few."""

from __future__ import annotations

import numpy as np
import pytest

from faq_component.retrieval.greatest import best_places, kth_greatest
from faq_component.retrieval.indexes import Vectors
from faq_component.retrieval.screening import Screen

_ROWS, _DIM = 4_000, 96


def _vectors(kind: str) -> Vectors:
    draw = np.random.default_rng(3)
    vectors = draw.normal(size=(_ROWS, _DIM)).astype(np.float32)
    if kind == "unit":
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if kind == "one dimension far greater":
        vectors[:, 7] *= 60
    if kind == "lengths apart":
        vectors *= np.geomspace(1e-3, 1e3, _ROWS, dtype=np.float32)[:, None]
    if kind == "all alike":
        vectors = vectors[:1] + 1e-3 * vectors
    if kind == "some empty":
        vectors[::3] = 0.0
    return vectors


@pytest.mark.parametrize("kind", ["unit", "one dimension far greater", "lengths apart", "all alike", "some empty"])
@pytest.mark.parametrize("k", [1, 10, 256])
def test_the_nearest_are_among_the_candidates(kind: str, k: int) -> None:
    vectors = _vectors(kind)
    screen = Screen(vectors)
    draw = np.random.default_rng(4)
    for row in draw.integers(_ROWS, size=30):
        query = (vectors[row] + 0.3 * np.abs(vectors[row]).max() * draw.normal(size=_DIM)).astype(np.float32)
        exact = vectors.astype(np.float64) @ query.astype(np.float64)
        nearest = np.argsort(-exact)[:k]
        found = screen.candidates(query, k)
        assert set(nearest) <= set(found)
        assert (np.diff(found) > 0).all()


def test_it_leaves_few_of_many() -> None:
    vectors = _vectors("unit")
    screen = Screen(vectors)
    assert np.mean([len(screen.candidates(query, 20)) for query in vectors[:50]]) < 60


def test_only_rows_that_count_are_candidates() -> None:
    vectors = _vectors("unit")
    among = np.arange(_ROWS) % 5 == 0
    found = Screen(vectors).candidates(vectors[1], 30, among)
    assert among[found].all()
    nearest = np.argsort(-np.where(among, vectors @ vectors[1], -np.inf))[:30]
    assert set(nearest) <= set(found)


@pytest.mark.parametrize("size", [1, 5, 300, 5_000])
@pytest.mark.parametrize("k", [1, 7, 256, 5_000])
def test_the_kth_greatest_is_that_of_sorting(size: int, k: int) -> None:
    draw = np.random.default_rng(size)
    for scores in (
        draw.normal(size=size),
        np.round(draw.normal(size=size), 1),  # many equal ones
        np.sort(draw.normal(size=size)),
        np.where(np.arange(size) % 16 == 0, 5.0, draw.normal(size=size)),  # a sample that misleads
        np.where(np.arange(size) % 16 == 0, -5.0, draw.normal(size=size)),
    ):
        values = scores.astype(np.float32)
        kth = np.sort(values)[::-1][min(k, size) - 1]
        assert kth_greatest(values, k) == kth
        assert best_places(values, k).tolist() == np.flatnonzero(values >= kth).tolist()
