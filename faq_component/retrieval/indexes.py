"""Vector indexes: exact search, and faiss' approximate ones with exact re-scoring of their candidates.

faiss is imported where it is used: whoever asks a service needs none.
"""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from faq_component.support.artifacts import ArtifactStore

Vectors = npt.NDArray[np.float32]
RowNumbers = npt.NDArray[np.int64]

# Where `auto` leaves exact search: there it takes about 2 ms, half as long as encoding the question, and a graph a
# sixth of that; below, the seconds that building a graph takes are not worth it. See benchmarks/README.md.
APPROXIMATE_FROM = 50_000
# Candidates that are re-scored exactly: so many per result asked for, and at least so many.
_CANDIDATES = 4
_LEAST_CANDIDATES = 40
# An index in which more than this share of the vectors is dead is built anew at the next update.
_MOST_DEAD = 0.2
_VERSION = 2  # to be raised where another index would be built of the same vectors
_KEPT = 3  # they are large


class Index(Protocol):
    """Finds the nearest of its vectors by inner product, which is the cosine for vectors of unit length."""

    @property
    def vectors(self) -> Vectors:
        """All vectors, by row. *Shape:* ``(n, dim)``."""
        ...

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, RowNumbers]:
        """Inner products and rows of the `k` nearest, best first. *Shape:* queries ``(q, dim)``, both ``(q, k)``.

        Where fewer than `k` are found, the last rows are -1.
        """
        ...

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> Index:
        """An index of other vectors, made from this one without starting anew; this one stays as it is.

        *Shape:* `vectors` ``(n, dim)``; `old_rows` ``(n,)``: where the vector stands in this index, -1 if it is new.
        """
        ...


class ExactIndex:
    """Compares a query with every vector: numpy."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, RowNumbers]:
        """See `Index`; equal inner products in the order of the rows."""
        products = queries @ self.vectors.T
        rows = np.argsort(-products, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(products, rows, axis=1), rows

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> ExactIndex:
        """See `Index`."""
        return ExactIndex(vectors)


class FlatIndex:
    """Compares a query with every vector: faiss."""

    def __init__(self, vectors: Vectors) -> None:
        import faiss

        self.vectors = vectors
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, RowNumbers]:
        """See `Index`."""
        products, rows = self._index.search(queries, min(k, len(self.vectors)))
        return products, rows

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> FlatIndex:
        """See `Index`."""
        return FlatIndex(vectors)


class ApproximateIndex:
    """A faiss index finds candidates, and their exact inner products order them.

    - ``hnsw``: a graph of neighbours (Malkov and Yashunin 2018), 32 links a vector, over 8-bit vectors;
    - ``ivf``: vectors in ``4 * sqrt(n)`` clusters, of which the nearest are searched;
    - ``sq8``: every vector, quantised to 8 bits a component.

    A vector enters faiss once and keeps its slot there: an updated index shares slots with its predecessor, adds the
    new vectors and forgets the slots of those that went. When a fifth of the slots is dead it is built anew.
    """

    def __init__(self, vectors: Vectors, kind: str, faiss_index: Any = None) -> None:
        """`faiss_index`, when given, holds these vectors already, in this order."""
        self.vectors = vectors
        self.kind = kind
        self.faiss_index = build_faiss_index(vectors, kind) if faiss_index is None else faiss_index
        self._row_of_slot: RowNumbers = np.arange(len(vectors))
        self._lock = threading.Lock()  # adding to a graph while it is searched is not safe

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, RowNumbers]:
        """See `Index`."""
        import faiss

        wanted = min(max(_CANDIDATES * k, _LEAST_CANDIDATES), len(self.vectors))
        with self._lock:
            parameters = _effort(self.faiss_index, self.kind, wanted)
            # Slots that are dead, or were added for a later version of this index, are passed over.
            if self.faiss_index.ntotal > len(self.vectors):
                parameters.sel = faiss.IDSelectorBitmap(np.packbits(self._row_of_slot >= 0, bitorder="little"))
            _, slots = self.faiss_index.search(queries, wanted, params=parameters)
        rows = np.append(self._row_of_slot, -1)[slots]
        products = np.einsum("qd,qcd->qc", queries, self.vectors[rows])
        products[rows < 0] = -np.inf
        best = np.lexsort((rows, -products), axis=1)[:, :k]
        return np.take_along_axis(products, best, axis=1), np.take_along_axis(rows, best, axis=1)

    def updated(self, vectors: Vectors, old_rows: RowNumbers) -> ApproximateIndex:
        """See `Index`."""
        added = np.flatnonzero(old_rows < 0)
        if len(vectors) < (1 - _MOST_DEAD) * (len(self._row_of_slot) + len(added)):
            return ApproximateIndex(vectors, self.kind)
        new_row = np.full(len(self.vectors) + 1, -1, dtype=np.int64)  # the last is for slots that are dead already
        new_row[old_rows[old_rows >= 0]] = np.flatnonzero(old_rows >= 0)
        with self._lock:
            if self.faiss_index.ntotal != len(self._row_of_slot):  # updated before: the slots behind are taken
                return ApproximateIndex(vectors, self.kind)
            self.faiss_index.add(vectors[added])
        newer = ApproximateIndex(vectors, self.kind, self.faiss_index)
        newer._row_of_slot = np.concatenate([new_row[self._row_of_slot], added])
        newer._lock = self._lock
        return newer


def choose_kind(posts: int) -> str:
    """The index for so many posts: exact while that is quick, then a graph."""
    return "flat" if posts < APPROXIMATE_FROM else "hnsw"


def build_index(vectors: Vectors, kind: str, folder: Path | None = None) -> Index:
    """An index of a kind: ``exact``, ``flat``, ``hnsw``, ``ivf``, ``sq8`` or ``auto``. *Shape:* ``(n, dim)``.

    Building an approximate one of 100,000 posts takes half a minute, reading it a moment: it is read from `folder`,
    where given, or kept there.
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
    """The SHA-256 of the numbers of an array, without its shape and type."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def build_faiss_index(vectors: Vectors, kind: str) -> Any:
    """The faiss index behind an approximate one. *Shape:* ``(n, dim)``."""
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


def _effort(index: Any, kind: str, wanted: int) -> Any:
    """How hard to search: for a recall@10 of 0.99 and more at 100,000 posts (benchmarks/recall.py)."""
    import faiss

    if kind == "hnsw":
        return faiss.SearchParametersHNSW(efSearch=max(192, wanted))
    if kind == "ivf":
        # Enough clusters to hold the wanted candidates several times over, at least a sixth of all.
        share = min(1.0, 8 * wanted / max(index.ntotal, 1))
        return faiss.SearchParametersIVF(nprobe=max(1, round(index.nlist * max(1 / 6, share))))
    return faiss.SearchParameters()
