"""Vector recall: the nearest posts by meaning."""

from __future__ import annotations

from collections.abc import Sequence

import faiss
import numpy as np
import numpy.typing as npt

from faq_component.encoders import Encoder
from faq_component.faq import Faq
from faq_component.recall.types import PostTable, prepare_query, widen
from faq_component.text import normalize
from faq_component.types import Hit

Vectors = npt.NDArray[np.float32]

_SAMPLE = 2_000


class FlatIndex:
    """Exact inner-product search with faiss. *Shape:* `vectors` ``(n, dim)``."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Scores and rows of the k nearest vectors, best first. *Shape:* queries ``(q, dim)``, both ``(q, k)``."""
        scores, rows = self._index.search(queries, min(k, self._index.ntotal))
        return scores, rows


class DenseRetriever:
    """Nearest posts by the cosine of sentence vectors, rescaled to the part of the scale that this FAQ uses.

    Encoders differ in what an unrelated pair gets: 0.8 and more in the e5 family, about 0 elsewhere. The score of a
    post is ``(cosine - floor) / (1 - floor)``, clipped to 0..1, where the floor is the mean cosine of posts of
    different topics, measured on this FAQ when it is built: 0 means "as unrelated posts", 1 "the same".
    """

    def __init__(self, faq: Faq, encoder: Encoder, post_encoder: Encoder | None = None) -> None:
        """`post_encoder` encodes the posts, where another object should (one with a cache)."""
        self.table = PostTable(faq)
        self._encoder = encoder
        vectors = (post_encoder or encoder).encode([normalize(post) for post in self.table.posts])
        self._index = FlatIndex(vectors)
        self.floor = _mean_cosine_between_topics(vectors, self.table.topic_ids)

    def search(self, query: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits, one per topic, best first."""
        if not prepare_query(query) or not len(self.table):
            return []
        vector = self.encode(query)

        def find(count: int) -> list[Hit]:
            rows, scores = self.search_posts(vector, count)
            return self.table.hits(rows.tolist(), scores, top_k)

        return widen(len(self.table), top_k, find)

    def encode(self, query: str) -> Vectors:
        """The vector of a question. *Shape:* ``(dim,)``."""
        vector: Vectors = self._encoder.encode([prepare_query(query)])[0]
        return vector

    def search_posts(self, vector: Vectors, count: int) -> tuple[npt.NDArray[np.int64], Vectors]:
        """The nearest rows and their scores, best first. *Shape:* both ``(n,)``, n at most `count`."""
        cosines, rows = self._index.search(vector[None, :], count)
        return rows[0], self._rescale(cosines[0])

    def score_posts(self, vector: Vectors, rows: npt.NDArray[np.int64]) -> Vectors:
        """The scores of given rows. *Shape:* vector ``(dim,)``, result ``(len(rows),)``."""
        return self._rescale(self._index.vectors[rows] @ vector)

    def _rescale(self, cosines: Vectors) -> Vectors:
        scores: Vectors = np.clip((cosines - self.floor) / (1.0 - self.floor), 0.0, 1.0).astype(np.float32)
        return scores


def _mean_cosine_between_topics(vectors: Vectors, topic_ids: Sequence[str]) -> float:
    """Mean cosine over pairs of different topics, from at most 2,000 evenly spaced posts; 0 where there is no pair."""
    step = max(1, len(topic_ids) // _SAMPLE)
    sample = vectors[::step]
    _, numbers = np.unique(np.array(topic_ids[::step]), return_inverse=True)
    different = numbers[:, None] != numbers[None, :]
    if not different.any():
        return 0.0
    return float(np.clip((sample @ sample.T)[different].mean(), 0.0, 0.99))
