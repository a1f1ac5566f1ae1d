"""Vector indexes: exact search, and faiss' approximate indexes with exact rescoring of their candidates.

faiss is imported where it is used: a process that asks a service does not need it.
"""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.screening import Screen
from faq_component.support.artifacts import ArtifactStore

Vectors = npt.NDArray[np.float32]
RowNumbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Posts from which `auto` uses a graph: docs/project/decisions/0006-exact-search-until-50000.md.
APPROXIMATE_FROM = 50_000
# Candidates for exact rescoring: per requested result, and the minimum.
_CANDIDATES = 4
_LEAST_CANDIDATES = 40
# Share of the vectors under which those that may be found are searched exactly (benchmarks/scopes.py).
_LEAST_SHARE = 0.9
# Vectors from which a screen in 8 bits takes less time than it saves.
_SCREENED_FROM = 2_000
# Share of deleted vectors above which the next update rebuilds the index.
_MOST_DEAD = 0.2
_VERSION = 2  # to be raised where another index would be built of the same vectors
_KEPT = 3  # indexes are large


class Index(Protocol):
    """Finds the nearest of its vectors by inner product, which is the cosine for vectors of unit length."""

    @property
    def vectors(self) -> Vectors:
        """All vectors, by row. *Shape:* ``(n, dim)``."""
        ...

    def search(self, queries: Vectors, k: int, among: Mask | None = None) -> tuple[Vectors, RowNumbers]:
        """Return products and rows of the `k` nearest, best first. *Shape:* queries ``(q, dim)``, both ``(q, k)``.

        Where fewer than `k` are found, the last rows are -1. Only rows in `among` are found, ``(n,)``; by default all.
        """
        ...

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> Index:
        """Return an index of other vectors that reuses this one, which stays valid.

        *Shape:* `vectors` ``(n, dim)``; `old_rows` ``(n,)``: the vector's row in this index, -1 for a new one.
        """
        ...


class ExactIndex:
    """Exact search with numpy."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def search(self, queries: Vectors, k: int, among: Mask | None = None) -> tuple[Vectors, RowNumbers]:
        """Search as `Index.search`; equal inner products are in the order of the rows."""
        if among is not None:
            return _search_rows(self.vectors, queries, k, np.flatnonzero(among))
        products = queries @ self.vectors.T
        rows = np.argsort(-products, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(products, rows, axis=1), rows

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> ExactIndex:
        """Return an index of other vectors, as `Index.updated`."""
        return ExactIndex(vectors)


class FlatIndex:
    """Exact search: with faiss, and of many vectors those that a screen in 8 bits leaves (`Screen`)."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self._screen = Screen(vectors) if len(vectors) >= _SCREENED_FROM else None
        self._index = None if self._screen else _flat(vectors)

    def search(self, queries: Vectors, k: int, among: Mask | None = None) -> tuple[Vectors, RowNumbers]:
        """Search as `Index.search`."""
        if self._screen is None:
            return _search_all(self._index, queries, min(k, len(self.vectors)), among)
        found = [self._screened(self._screen, query, k, among) for query in queries]
        products, rows = (np.stack(parts) for parts in zip(*found, strict=True))
        return products, rows

    def _screened(self, screen: Screen, query: Vectors, k: int, among: Mask | None) -> tuple[Vectors, RowNumbers]:
        """Search for one query. *Shape:* query ``(dim,)``, both ``(k,)``."""
        rows = screen.candidates(query, k, among)
        products = self.vectors[rows] @ query
        best = np.argsort(-products, kind="stable")[:k]
        lacking = min(k, len(self.vectors)) - len(best)
        if not lacking:
            return products[best], rows[best]
        found = np.pad(rows[best], (0, lacking), constant_values=-1)
        return np.pad(products[best], (0, lacking), constant_values=-np.inf), found

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> FlatIndex:
        """Return an index of other vectors, as `Index.updated`."""
        return FlatIndex(vectors)


def _flat(vectors: Vectors) -> Any:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def _search_all(index: Any, queries: Vectors, k: int, among: Mask | None) -> tuple[Vectors, RowNumbers]:
    import faiss

    parameters = None if among is None else faiss.SearchParameters(sel=_selector(among))
    products, rows = index.search(queries, k, params=parameters)
    return products, rows


class ApproximateIndex:
    """Approximate search with faiss; candidates are rescored by their exact inner products.

    - ``hnsw``: a graph of neighbours (Malkov and Yashunin 2018), 32 links per vector, over 8-bit vectors;
    - ``ivf``: vectors in ``4 * sqrt(n)`` clusters, of which the nearest are searched;
    - ``sq8``: every vector, quantised to 8 bits per component.

    A vector keeps its slot in faiss: an updated index shares the slots of its predecessor, adds the new vectors and
    ignores the slots of deleted ones. Once a fifth of the slots is dead, the index is rebuilt.
    """

    def __init__(self, vectors: Vectors, kind: str, faiss_index: Any = None) -> None:
        """Index the vectors, or use a `faiss_index` that already holds them in this order."""
        self.vectors = vectors
        self.kind = kind
        self.faiss_index = build_faiss_index(vectors, kind) if faiss_index is None else faiss_index
        self._row_of_slot: RowNumbers = np.arange(len(vectors))
        self._lock = threading.Lock()  # adding to a graph while it is searched is not safe

    def search(self, queries: Vectors, k: int, among: Mask | None = None) -> tuple[Vectors, RowNumbers]:
        """Search as `Index.search`; a small part of the rows is searched exactly, which is quicker than a graph."""
        wanted = min(max(_CANDIDATES * k, _LEAST_CANDIDATES), len(self.vectors))
        share = 1.0
        if among is not None:
            rows = np.flatnonzero(among)
            share = len(rows) / max(len(self.vectors), 1)
            if share < _LEAST_SHARE or len(rows) <= wanted:
                return _search_rows(self.vectors, queries, k, rows)
        with self._lock:
            parameters = _effort(self.faiss_index, self.kind, wanted, share)
            # Skip slots that are dead or belong to a later version of this index.
            if among is not None:
                parameters.sel = _selector(np.append(among, False)[self._row_of_slot])
            elif self.faiss_index.ntotal > len(self.vectors):
                parameters.sel = _selector(self._row_of_slot >= 0)
            _, slots = self.faiss_index.search(queries, wanted, params=parameters)
        rows = np.append(self._row_of_slot, -1)[slots]
        if among is not None:  # faiss lets single rows through its filter
            rows = np.where(np.append(among, False)[rows], rows, -1)
        products = np.einsum("qd,qcd->qc", queries, self.vectors[rows])
        products[rows < 0] = -np.inf
        best = np.lexsort((rows, -products), axis=1)[:, :k]
        return np.take_along_axis(products, best, axis=1), np.take_along_axis(rows, best, axis=1)

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> ApproximateIndex:
        """Return an index of other vectors, as `Index.updated`."""
        added = np.flatnonzero(old_rows < 0)
        if len(vectors) < (1 - _MOST_DEAD) * (len(self._row_of_slot) + len(added)):
            return ApproximateIndex(vectors, self.kind)
        new_row = np.full(len(self.vectors) + 1, -1, dtype=np.int64)  # the last entry is for dead slots
        new_row[old_rows[old_rows >= 0]] = np.flatnonzero(old_rows >= 0)
        with self._lock:
            if self.faiss_index.ntotal != len(self._row_of_slot):  # another update has added slots already
                return ApproximateIndex(vectors, self.kind)
            self.faiss_index.add(vectors[added])
        newer = ApproximateIndex(vectors, self.kind, self.faiss_index)
        newer._row_of_slot = np.concatenate([new_row[self._row_of_slot], added])
        newer._lock = self._lock
        return newer


def _selector(among: Mask) -> Any:
    """Return faiss' filter of slots. *Shape:* ``(slots,)``."""
    import faiss

    return faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))


def _search_rows(vectors: Vectors, queries: Vectors, k: int, among: RowNumbers) -> tuple[Vectors, RowNumbers]:
    """Search some rows exactly, as `Index.search`. *Shape:* `among` ``(rows,)``, ascending."""
    products = queries @ vectors[among].T
    places = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(products, places, axis=1), among[places]


def choose_kind(posts: int) -> str:
    """Choose the kind of index by the number of posts: exact while that is quick, then a graph."""
    return "flat" if posts < APPROXIMATE_FROM else "hnsw"


def build_index(vectors: Vectors, kind: str, folder: Path | None = None) -> Index:
    """Build an index: ``exact``, ``flat``, ``hnsw``, ``ivf``, ``sq8`` or ``auto``. *Shape:* ``(n, dim)``.

    An approximate index of 100,000 posts takes half a minute to build: with a `folder` it is kept there, and read the
    next time.
    """
    kind = choose_kind(len(vectors)) if kind == "auto" else kind
    if kind == "exact":
        return ExactIndex(vectors)
    if kind == "flat" or not len(vectors):  # clusters and 8-bit ranges cannot be learned from nothing
        return FlatIndex(vectors)
    return ApproximateIndex(vectors, kind) if folder is None else _load_or_build(vectors, kind, folder)


def _load_or_build(vectors: Vectors, kind: str, folder: Path) -> ApproximateIndex:
    import faiss

    def from_bytes(content: memoryview) -> ApproximateIndex:
        return ApproximateIndex(vectors, kind, faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8)))

    def to_bytes(index: ApproximateIndex) -> bytes:
        content: bytes = faiss.serialize_index(index.faiss_index).tobytes()
        return content

    store = ArtifactStore(folder, "index of vectors", version=_VERSION, kept=_KEPT)
    made_from = [kind, faiss.__version__, vectors.shape, array_digest(vectors)]
    return store.load_or_make(made_from, partial(ApproximateIndex, vectors, kind), to_bytes, from_bytes)


def array_digest(array: npt.NDArray[Any]) -> str:
    """SHA-256 of the values of an array, without its shape and type."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def build_faiss_index(vectors: Vectors, kind: str) -> Any:
    """Build the faiss index of an `ApproximateIndex`. *Shape:* ``(n, dim)``."""
    import faiss

    clusters = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors) // 39))  # faiss wants 39 vectors a cluster
    recipe = {"hnsw": "HNSW32_SQ8", "ivf": f"IVF{clusters},Flat", "sq8": "SQ8"}[kind]
    index = faiss.index_factory(vectors.shape[1], recipe, faiss.METRIC_INNER_PRODUCT)
    if kind == "hnsw":
        index.hnsw.efConstruction = 80
    if kind == "ivf":
        index.cp.min_points_per_centroid = 1  # faiss prints a warning where there are fewer than 39
    index.train(vectors)
    index.add(vectors)
    return index


def _effort(index: Any, kind: str, wanted: int, share: float) -> Any:
    """Return search parameters that reach a recall@10 of 0.99 at 100,000 posts (benchmarks/recall.py).

    `share` of the vectors may be found: a graph is walked over all of them, so it takes more steps to find as many.
    """
    import faiss

    if kind == "hnsw":
        return faiss.SearchParametersHNSW(efSearch=round(max(192, wanted) / share))
    if kind == "ivf":
        # Enough clusters to hold several times the wanted candidates, and at least a sixth of all clusters.
        probed = min(1.0, max(1 / 6, 8 * wanted / max(index.ntotal, 1)) / share)
        return faiss.SearchParametersIVF(nprobe=max(1, round(index.nlist * probed)))
    return faiss.SearchParameters()
