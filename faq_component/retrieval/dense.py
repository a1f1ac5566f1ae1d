"""Dense retrieval: the posts nearest in vector space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Encoder
from faq_component.knowledge.checking import Faq
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.indexes import Index, Mask, RowNumbers, Vectors, build_index
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import PostTable, widen
from faq_component.text import normalize
from faq_component.types import Hit

_SAMPLE = 2_000


def build_flat(vectors: Vectors) -> Index:
    """Build the default index, which is exact."""
    return build_index(vectors, "flat")


class DenseRetriever:
    """Nearest posts by the inner product of sentence vectors, rescaled to the range that this FAQ uses.

    Encoders give unrelated pairs different products: 0.8 and more in the e5 family, about 0 elsewhere. The score of a
    post is ``(query . post - floor) / (query . query - floor)``, limited to 0..1. The floor is the mean product of
    posts of different topics, measured on this FAQ: a score of 0 means "as unrelated posts", 1 "the same". For unit
    vectors the products are cosines and ``query . query`` is 1.
    """

    def __init__(
        self,
        faq: Faq,
        encoder: Encoder,
        post_encoder: Encoder | None = None,
        build: Callable[[Vectors], Index] = build_flat,
    ) -> None:
        """Encode the posts, with `post_encoder` where given (one with a cache), and index them with `build`."""
        self.table = PostTable(faq)
        self._encoder = encoder
        self._post_encoder = post_encoder or encoder
        self._index = build(self._encode_posts(self.table.posts))
        self.floor = mean_product_between_topics(self._index.vectors, self.table.topic_ids)

    def updated(self, faq: Faq) -> DenseRetriever:
        """Return a retriever over an edited FAQ: only new posts are encoded and indexed; this one stays valid."""
        newer = object.__new__(DenseRetriever)
        newer.table = PostTable(faq)
        newer._encoder, newer._post_encoder = self._encoder, self._post_encoder
        row_of = {key: row for row, key in enumerate(self.table.keys)}
        old_rows = np.array([row_of.get(key, -1) for key in newer.table.keys], dtype=np.int64)
        vectors = np.empty((len(newer.table), self._index.vectors.shape[1]), dtype=np.float32)
        kept = old_rows >= 0
        vectors[kept] = self._index.vectors[old_rows[kept]]
        vectors[~kept] = self._encode_posts([newer.table.posts[row] for row in np.flatnonzero(~kept)])
        newer._index = self._index.updated(vectors, old_rows)
        newer.floor = mean_product_between_topics(vectors, newer.table.topic_ids)
        return newer

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first."""
        if not question.text or not len(self.table):
            return []
        vector, among = self.encode(question), self.table.rows_among(question.among)

        def find(count: int) -> list[Hit]:
            rows, scores = self.search_posts(vector, count, among)
            return self.table.hits(rows.tolist(), scores, top_k)

        return widen(self.table.posts_among(question.among), top_k, find)

    def encode(self, question: Question) -> Vectors:
        """Encode a question. *Shape:* ``(dim,)``."""
        return vector_of(question, self._encoder)

    def search_posts(self, vector: Vectors, count: int, among: Mask | None = None) -> tuple[RowNumbers, Vectors]:
        """Return the nearest rows and their scores, best first; vectors that are not unit length can score above 1.

        *Shape:* both ``(n,)``, n at most `count`; `among` ``(posts,)``: whether a row may be found.
        """
        products, rows = self._index.search(vector[None, :], count, among)
        found = rows[0] >= 0
        return rows[0][found], self._rescale(products[0][found], vector)

    def score_posts(self, vector: Vectors, rows: npt.NDArray[Any] | slice) -> Vectors:
        """Score given rows. *Shape:* vector ``(dim,)``, result ``(rows,)``."""
        return self._rescale(self._index.vectors[rows] @ vector, vector)

    @property
    def vectors(self) -> Vectors:
        """Vectors of the posts. *Shape:* ``(posts, dim)``."""
        return self._index.vectors

    def _encode_posts(self, posts: Sequence[str]) -> Vectors:
        return self._post_encoder.encode([normalize(post) for post in posts])

    def _rescale(self, products: Vectors, vector: Vectors) -> Vectors:
        same = float(vector @ vector)
        floor = min(self.floor, 0.99 * same)  # keeps the range positive where all posts are alike
        scores: Vectors = np.maximum((products - floor) / (same - floor), 0.0).astype(np.float32)
        return scores


def mean_product_between_topics(vectors: Vectors, topic_ids: Sequence[str]) -> float:
    """Mean product of posts of different topics, over at most 2,000 evenly spaced posts; 0 where there is no pair."""
    step = max(1, len(topic_ids) // _SAMPLE)
    sample = vectors[::step]
    _, numbers = np.unique(np.array(topic_ids[::step]), return_inverse=True)
    different = numbers[:, None] != numbers[None, :]
    if not different.any():
        return 0.0
    return max(float((sample @ sample.T)[different].mean()), 0.0)
