"""Retrieval by Elasticsearch: BM25 over this package's tokens, or nearest vectors."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Encoder
from faq_component.errors import MissingExtraError, SettingsError, StartError
from faq_component.knowledge.checking import Faq
from faq_component.language import _
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.dense import mean_product_between_topics
from faq_component.retrieval.engines.engine import EngineRetriever
from faq_component.retrieval.engines.lucene_engine import LuceneBm25
from faq_component.retrieval.indexes import Mask, Vectors
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import Tokenizer
from faq_component.retrieval.types import widen
from faq_component.text import normalize
from faq_component.types import Hit

MODES = ("keyword", "dense")
FORMAT_VERSION = 1
_BATCH = 500
_SECONDS = 30.0
_MOST_RESULTS = 10_000  # Elasticsearch's limit for one search
_MOST_TERMS = 65_536  # Elasticsearch's limit for one condition


class ElasticsearchRetriever(EngineRetriever):
    """Topics of an FAQ whose posts are in Elasticsearch 8 or 9.

    ``keyword`` passes this package's tokens to Elasticsearch (characters with bigrams suit Chinese and need no plugin)
    and divides its BM25 by the score of a post of exactly the query's words. ``dense`` searches its HNSW graph by inner
    product, rescaled as in `DenseRetriever`. Each version of the FAQ is an index of its own; the alias moves to it once
    it is complete.

    Args:
        faq: the knowledge base.
        tokenize: makes the tokens.
        url: of the server; an API key comes from the environment variable ELASTICSEARCH_API_KEY.
        index: the alias, and the prefix of the index names; different for each FAQ.
        mode: ``keyword`` or ``dense``.
        encoder: encodes queries, for ``dense``.
        post_encoder: encodes posts; `encoder` where none is given.

    Raises:
        MissingExtraError: the package elasticsearch is not installed.
        StartError: the server cannot be reached or refuses.
        SettingsError: the mode is unknown or has no encoder, or the address has no host or port.
    """

    def __init__(
        self,
        faq: Faq,
        tokenize: Tokenizer,
        *,
        url: str,
        index: str = "faq",
        mode: str = "keyword",
        encoder: Encoder | None = None,
        post_encoder: Encoder | None = None,
    ) -> None:
        if mode not in MODES or (mode == "dense" and encoder is None):
            raise SettingsError(
                _("Elasticsearch mode is '{mode}'; choose keyword, or dense with an encoder").format(mode=mode)
            )
        try:
            from elasticsearch import Elasticsearch
        except ImportError as error:
            raise MissingExtraError("elasticsearch", "elasticsearch") from error
        super().__init__(faq, tokenize, LuceneBm25())
        self._encoder = encoder if mode == "dense" else None
        vectors = None
        if self._encoder is not None:
            vectors = (post_encoder or self._encoder).encode([normalize(post) for post in self.table.posts])
            self._floor = min(mean_product_between_topics(vectors, self.table.topic_ids), 0.99)
        if len(self.table):
            key = os.environ.get("ELASTICSEARCH_API_KEY")
            try:
                client = Elasticsearch(url, api_key=key, request_timeout=_SECONDS)
            except ValueError as error:  # which may repeat a password
                raise SettingsError(
                    _("setting 'elasticsearch_url' is no address with a host and a port; write http://host:9200")
                ) from error
            self._index = ElasticsearchIndex(client, url, index)
            self._index.open_or_build(self.documents, vectors)
            self._engine = self._index

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first."""
        if self._encoder is None:
            return super().search(question, top_k)
        if not question.text or not len(self.table):
            return []
        vector, among = vector_of(question, self._encoder), self.table.rows_among(question.among)

        def find(count: int) -> list[Hit]:
            found = sorted(self._index.nearest(vector, count, among))
            products = np.array([product for _row, product in found], dtype=np.float32)
            scores = np.maximum((products - self._floor) / (1 - self._floor), 0.0).astype(np.float32)
            return self.table.hits([row for row, _product in found], scores, top_k)

        return widen(min(self.table.posts_among(question.among), _MOST_RESULTS), top_k, find)


class ElasticsearchIndex:
    """The posts of one FAQ on the server: an index for each version, and an alias for the current one."""

    def __init__(self, client: Any, url: str, alias: str) -> None:
        self._client, self._url, self._alias = client, url, alias
        self._name = alias

    def open_or_build(self, documents: Sequence[Sequence[str]], vectors: Vectors | None) -> None:
        """Use the index of exactly this content, or build it, move the alias to it and delete the earlier ones.

        *Shape:* documents ``(posts,)``, vectors ``(posts, dim)``.
        """
        digest = hashlib.sha256(json.dumps([FORMAT_VERSION, documents], ensure_ascii=False).encode())
        digest.update(b"" if vectors is None else np.ascontiguousarray(vectors).tobytes())
        self._name = f"{self._alias}-{digest.hexdigest()[:16]}"
        with self._reported():
            indices = self._client.indices
            current = list(indices.get_alias(name=self._alias)) if indices.exists_alias(name=self._alias) else []
            if current == [self._name]:
                return
            if indices.exists(index=self._name):  # left incomplete by an interrupted start
                indices.delete(index=self._name)
            indices.create(index=self._name, mappings=_mappings(vectors))
            for start in range(0, len(documents), _BATCH):
                self._insert(documents, vectors, range(start, min(start + _BATCH, len(documents))))
            indices.refresh(index=self._name)
            actions = [{"remove_index": {"index": name}} for name in current]
            indices.update_aliases(actions=[*actions, {"add": {"index": self._name, "alias": self._alias}}])

    def _insert(self, documents: Sequence[Sequence[str]], vectors: Vectors | None, rows: range) -> None:
        operations: list[dict[str, Any]] = []
        for row in rows:
            vector = {} if vectors is None else {"vector": vectors[row].tolist()}
            operations += [{"index": {"_id": str(row)}}, {"row": row, "text": " ".join(documents[row]), **vector}]
        answer = self._client.bulk(index=self._name, operations=operations)
        if answer["errors"]:
            fault = next(item["index"]["error"] for item in answer["items"] if "error" in item["index"])
            raise StartError(
                _("Elasticsearch at {url} refused a post: {reason}").format(url=self._url, reason=f"{fault!r:.300}")
            )

    def search(
        self, words: Sequence[tuple[str, int]], count: int, among: Mask | None = None
    ) -> list[tuple[int, float]]:
        """Return rows and scores of the posts with these words, as `Engine.search`."""
        should = [{"term": {"text": {"value": word, "boost": float(times)}}} for word, times in words]
        query: dict[str, Any] = {"bool": {"should": should, "minimum_should_match": 1}}
        if among is not None:
            query["bool"]["filter"] = _filter(among)
        with self._reported():
            found = self._client.search(index=self._name, query=query, size=_capped(count))
        return [(hit["_source"]["row"], hit["_score"]) for hit in found["hits"]["hits"]]

    def nearest(self, vector: Vectors, count: int, among: Mask | None = None) -> list[tuple[int, float]]:
        """Return rows and inner products of the nearest vectors. *Shape:* vector ``(dim,)``, among ``(posts,)``."""
        count = _capped(count)
        knn = {"field": "vector", "query_vector": vector.tolist(), "k": count, "num_candidates": _capped(4 * count)}
        if among is not None:
            knn["filter"] = _filter(among)
        with self._reported():
            found = self._client.search(index=self._name, knn=knn, size=count)
        # Elasticsearch scores an inner product p as (1 + p) / 2.
        return [(hit["_source"]["row"], 2 * hit["_score"] - 1) for hit in found["hits"]["hits"]]

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Raise the client's errors as a `StartError` of one sentence."""
        from elasticsearch import ApiError, TransportError

        try:
            yield
        except (ApiError, TransportError) as error:
            reason = " ".join(str(error).split()).rpartition("caused by: ")[2]  # the innermost cause
            raise StartError(
                _("Elasticsearch at {url} cannot be used: {reason}; is it running?").format(
                    url=self._url, reason=reason[:300]
                )
            ) from error


def _mappings(vectors: Vectors | None) -> dict[str, Any]:
    # Tokens are joined by spaces: the analyzer must split nowhere else.
    properties: dict[str, Any] = {"row": {"type": "integer"}, "text": {"type": "text", "analyzer": "whitespace"}}
    if vectors is not None:
        properties["vector"] = {
            "type": "dense_vector",
            "dims": vectors.shape[1],
            "index": True,
            "similarity": "dot_product",
        }
    return {"dynamic": "strict", "properties": properties, "_source": {"excludes": ["vector"]}}


def _filter(among: Mask) -> dict[str, Any]:
    """The rows that may be found, or, where they are more, those that may not."""
    wanted = np.flatnonzero(among)
    if 2 * len(wanted) <= len(among):
        return {"bool": {"should": _terms(wanted), "minimum_should_match": 1}}
    return {"bool": {"must_not": _terms(np.flatnonzero(~among))}}


def _terms(rows: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    """Conditions that name the rows, each no more than Elasticsearch takes in one; at least one condition."""
    starts = range(0, max(len(rows), 1), _MOST_TERMS)
    return [{"terms": {"row": rows[start : start + _MOST_TERMS].tolist()}} for start in starts]


def _capped(count: int) -> int:
    return min(count, _MOST_RESULTS)
