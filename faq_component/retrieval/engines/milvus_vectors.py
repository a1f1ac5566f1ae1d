"""The vectors of an FAQ's posts in a Milvus collection, and the few that edits have changed since it was built."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.language import _
from faq_component.retrieval.engines.milvus_client import CALL, Deadline, reported
from faq_component.retrieval.engines.milvus_store import MilvusStore
from faq_component.retrieval.indexes import Mask, RowNumbers, Vectors

MOST_CHANGED = 1_000  # posts that are added, and posts that are gone, before the collection is built anew
MOST_RESULTS = 16_384  # Milvus' limit for one search
_LEAST_EFFORT = 128  # for the recall@10 of a graph in the process (benchmarks/milvus.py)
_MOST_LISTED = 2_000  # rows in a filter: Milvus takes 0.1 s to read 10,000 of them
_SPARE = 1.2

Numbers = npt.NDArray[np.int64]


def post_numbers(posts: Sequence[str]) -> Numbers:
    """Return a number for each post, another one for each repetition. *Shape:* ``(posts,)``."""
    digests = b"".join(hashlib.blake2b(post.encode("utf-8", "surrogatepass"), digest_size=8).digest() for post in posts)
    numbers = np.frombuffer(digests, dtype=np.int64).copy()
    order = np.argsort(numbers, kind="stable")
    ascending = numbers[order]
    first = np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1])) if len(posts) else order
    repetition = np.arange(len(posts)) - np.repeat(first, np.diff(np.append(first, len(posts))))
    numbers[order] += repetition * 0x9E3779B97F4A7C1  # wraps around; any odd number far from what digests differ by
    return numbers


@dataclass(frozen=True)
class Changes:
    """What differs between the posts of a collection and those of an FAQ.

    Args:
        row_of: row in the FAQ of each row in Milvus, -1 where the post is gone; *shape:* ``(stored,)``.
        stored_of: row in Milvus of each row in the FAQ, -1 where the post is new; *shape:* ``(posts,)``.
    """

    row_of: Numbers
    stored_of: Numbers

    @classmethod
    def between(cls, stored: Numbers, posts: Numbers) -> Changes:
        """Compare numbers of posts (`post_numbers`)."""
        row_of, stored_of = np.full(len(stored), -1), np.full(len(posts), -1)
        _numbers, in_stored, in_posts = np.intersect1d(stored, posts, assume_unique=True, return_indices=True)
        row_of[in_stored], stored_of[in_posts] = in_posts, in_stored
        return cls(row_of, stored_of)

    @property
    def added(self) -> Numbers:
        """Rows of the FAQ that Milvus does not have, ascending."""
        return np.flatnonzero(self.stored_of < 0)

    @property
    def gone(self) -> Numbers:
        """Rows in Milvus that the FAQ does not have, ascending."""
        return np.flatnonzero(self.row_of < 0)

    @property
    def are_few(self) -> bool:
        """Whether they need not be written to Milvus: at most a thousand, and most of the posts are there."""
        added, gone = len(self.added), len(self.gone)
        return max(added, gone) <= MOST_CHANGED and max(added, gone) * 2 <= len(self.stored_of)


class StoredVectors:
    """Searches the vectors of a collection as those of an FAQ: gone posts are left out, new ones searched here.

    Args:
        store: has the collection.
        name: of the collection.
        stored: numbers of the posts in it (`post_numbers`), by row.
        changes: from these to the posts of the FAQ.
        added: vectors of the new posts, in the order of ``changes.added``; *shape:* ``(added, dim)``.
    """

    def __init__(self, store: MilvusStore, name: str, stored: Numbers, changes: Changes, added: Vectors) -> None:
        self.store, self.name, self.stored = store, name, stored
        self.changes, self._added_rows, self.added = changes, changes.added, added

    def search(
        self, vector: Vectors, limit: int, among: Mask | None, deadline: Deadline
    ) -> tuple[RowNumbers, Vectors, bool]:
        """Return the nearest rows of the FAQ, their inner products, and whether there are no others; best first.

        *Shape:* both ``(n,)``, n at most `limit`; `among` ``(posts,)``: whether a row may be found.
        """
        wanted = self.changes.row_of >= 0
        if among is not None:
            wanted &= among[self.changes.row_of]
        count = int(wanted.sum())
        expression, asked = _expression(wanted, count), limit
        if expression is None:
            expression, asked = "", int(limit * len(wanted) / max(count, 1) * _SPARE) + 1
        asked = min(asked, MOST_RESULTS, max(len(wanted), 1))
        stored, products = self._search(vector, asked, expression, deadline) if count else _nothing()
        exhausted = len(stored) < asked or asked >= min(len(wanted), MOST_RESULTS)
        kept = wanted[stored]
        rows, products = self.changes.row_of[stored[kept]], products[kept]
        added = self._added_rows if among is None else self._added_rows[among[self._added_rows]]
        if len(added):
            near = self.added[np.searchsorted(self._added_rows, added)] @ vector
            rows, products = np.append(rows, added), np.append(products, near)
        order = np.lexsort((rows, -products))[:limit]
        return rows[order], products[order], exhausted and len(rows) <= limit

    def products(self, vector: Vectors, rows: RowNumbers, deadline: Deadline) -> Vectors:
        """Return the inner products of given rows, ascending; NaN where Milvus no longer has one.

        *Shape:* ``(len(rows),)``.
        """
        products = np.full(len(rows), np.nan, dtype=np.float32)
        stored = self.changes.stored_of[rows]
        new = stored < 0
        products[new] = self.added[np.searchsorted(self._added_rows, rows[new])] @ vector
        if len(listed := stored[~new]):
            # As many as are asked for: Milvus then compares all of them, without its graph.
            found, values = self._search(vector, len(listed), f"row in {listed.tolist()}", deadline)
            places = np.searchsorted(rows, self.changes.row_of[found])
            products[places] = values
        return products

    def vectors(self, rows: RowNumbers) -> Vectors:
        """Read the vectors of some rows of the FAQ. *Shape:* ``(len(rows), dim)``."""
        stored = self.changes.stored_of[rows]
        vectors = np.zeros((len(rows), self.added.shape[1]), dtype=np.float32)
        new = stored < 0
        vectors[new] = self.added[np.searchsorted(self._added_rows, rows[new])]
        listed = stored[~new]
        with reported(_("reading vectors")):
            found = self.store.client.query(
                self.name,
                filter=f"row in {listed.tolist()}",
                output_fields=["row", "dense"],
                **CALL,
            )
        place_of = {row: place for place, row in enumerate(stored.tolist())}
        for item in found:
            vectors[place_of[int(item["row"])]] = item["dense"]
        return vectors

    def _search(self, vector: Vectors, limit: int, expression: str, deadline: Deadline) -> tuple[RowNumbers, Vectors]:
        found = self.store.client.search(
            self.name,
            [vector],
            anns_field="dense",
            limit=limit,
            search_params=effort(limit, local=self.store.local),
            filter=expression,
            **deadline.call,
        )[0]
        return columns(found)


def effort(limit: int, *, local: bool) -> dict[str, Any]:
    """Return the search parameters of HNSW; `ef` must be at least the number of results. Lite searches exactly."""
    return {} if local else {"params": {"ef": max(limit, _LEAST_EFFORT)}}


def columns(found: Any) -> tuple[RowNumbers, Vectors]:
    """Convert what a search has found to rows and scores. *Shape:* both ``(found,)``."""
    rows = np.array([item["id"] for item in found], dtype=np.int64)
    return rows, np.array([item["distance"] for item in found], dtype=np.float32)


def _nothing() -> tuple[RowNumbers, Vectors]:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)


def _expression(wanted: Mask, count: int) -> str | None:
    """Milvus' filter for the wanted rows, or against the others; empty for all, None where both are too many."""
    if count == len(wanted):
        return ""
    if count <= _MOST_LISTED:
        return f"row in {np.flatnonzero(wanted).tolist()}"
    if len(wanted) - count <= _MOST_LISTED:
        return f"row not in {np.flatnonzero(~wanted).tolist()}"
    return None
