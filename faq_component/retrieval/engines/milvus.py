"""Retrieval by Milvus: vectors, Chinese BM25 or both, in a file (Lite) or on a cluster (docs/guides/milvus.md)."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.encoders import Encoder
from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq
from faq_component.language import _, listed
from faq_component.retrieval.agreement import pooled_hits
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.dense import mean_product_between_topics
from faq_component.retrieval.engines.milvus_store import FORMAT_VERSION, MilvusStore, Record, reported
from faq_component.retrieval.indexes import Mask, RowNumbers, Vectors
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import JiebaWords, Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.retrieval.weighting import Bm25, Corpus, greatest_score
from faq_component.text import normalize
from faq_component.types import Hit

MODES = ("hybrid", "dense", "keyword")
_BATCH = 500
_MOST_RESULTS = 16_384  # Milvus' limit for one search
_MOST_BYTES = 65_535  # of a text field
_LEAST_CANDIDATES = 128
_FLOOR_SAMPLE = 2_000
_SECONDS = 30.0
_DECIMALS = 6  # of a score, so that products that differ only by rounding are equal
_JIEBA = {"tokenizer": "jieba", "filter": ["cnalphanumonly"]}
_WHITESPACE = {"tokenizer": "whitespace"}


class MilvusRetriever:
    """Topics of an FAQ whose posts are in Milvus, found by vectors, by BM25 or by Milvus' hybrid search of both.

    The scores are those of this package's own retrievers, computed from Milvus' results. ``dense``: the inner product,
    rescaled as in `DenseRetriever`. ``keyword``: BM25 (k1 1.5, b 0.75, Lucene's IDF) divided by the score of a post of
    exactly the query's words, as in `KeywordRetriever`. ``hybrid``: Milvus' hybrid search (WeightedRanker) chooses at
    least 128 candidate posts; the score of each is ``(1 - keyword_weight) * dense + keyword_weight * keyword``, pooled
    over the posts of a topic as in `HybridRetriever`.

    The collection is named after everything that its content depends on. A complete collection is used without encoding
    any post. Otherwise it is built and becomes the current version; the previous version stays, older ones are dropped.
    """

    def __init__(
        self,
        faq: Faq,
        encoder: Encoder,
        *,
        uri: str,
        post_encoder: Encoder | None = None,
        token: str | None = None,
        collection: str = "faq",
        mode: str = "hybrid",
        keyword_weight: float = 0.4,
        agreement: float = 0.0,
        tokenize: Tokenizer | None = None,
        cache_dir: str | Path = ".faq",
    ) -> None:
        """Open or build the collection of this FAQ.

        Args:
            faq: the knowledge base.
            encoder: encodes queries, and posts where no `post_encoder` is given.
            post_encoder: encodes posts, preferably with a cache.
            uri: a file that ends in ``.db`` (Milvus Lite), or ``http(s)://host:port`` of a cluster.
            token: of the cluster; by default that of the environment variable MILVUS_TOKEN.
            collection: prefix of the collection names, and alias of the current one on a cluster; different for each
                FAQ.
            mode: ``hybrid``, ``dense`` or ``keyword``; one collection serves all three.
            keyword_weight: share of the keyword score in the hybrid score, 0 to 1.
            agreement: how much further posts of a topic support its best in the hybrid score, 0 to 1 (`pool_topics`).
            tokenize: makes the words of BM25; by default Milvus' own jieba does.
            cache_dir: private folder for jieba's dictionary cache, used where `tokenize` is not given.

        Raises:
            SettingsError: mode, weight, address or collection name is invalid.
            StartError: the file is open in another process, or the cluster does not answer.
            MissingExtraError: pymilvus, or milvus-lite for a file, is not installed.
            FaqError: Milvus fails to build the collection.
        """
        if mode not in MODES:
            raise SettingsError(
                _("Milvus mode is '{mode}'; choose one of {modes}").format(mode=mode, modes=listed(MODES))
            )
        if not 0.0 <= keyword_weight <= 1.0:
            raise SettingsError(
                _("setting 'keyword_weight' is {value}; it must be between 0 and 1").format(value=keyword_weight)
            )
        self.table = PostTable(faq)
        self._encoder, self._post_encoder = encoder, post_encoder or encoder
        self._mode, self._keyword_weight, self._agreement = mode, keyword_weight, agreement
        self._store = MilvusStore.connect(uri, token, collection)
        self._words = _Words(self.table.posts, tokenize, cache_dir)
        self._floor = 0.0
        if len(self.table):
            self._name = self._store.open_or_build(
                self._words.version(faq.fingerprint, encoder.fingerprint),
                len(self.table),
                encoder.dim,
                self._words.analyzer,
                {"bm25_k1": _Words.bm25.k1, "bm25_b": _Words.bm25.b},
                self._batches,
            )
            self._floor = self._measure_floor()

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first; equal scores are in the order of the FAQ.

        Raises:
            FaqError: Milvus does not answer within 30 seconds, or the collection is gone.
        """
        words = self._words.of(question.text)
        if not question.text or not len(self.table) or (self._mode == "keyword" and not words):
            return []
        vector = np.empty(0, np.float32) if self._mode == "keyword" else vector_of(question, self._encoder)
        most = min(self.table.posts_among(question.among), _MOST_RESULTS)
        if not most:
            return []
        among = _expression(self.table.rows_among(question.among))
        hits: list[Hit] = []
        exhausted = False

        def find(count: int) -> list[Hit]:
            nonlocal hits, exhausted
            if exhausted:
                return hits
            limit = min(max(count, 1), most)
            if self._mode == "hybrid":
                limit = min(max(limit, _LEAST_CANDIDATES), most)
                rows, scores = self._search_both(question.text, words, vector, limit, among)
                hits = pooled_hits(self.table, rows, scores.round(_DECIMALS), self._agreement, top_k)
            else:
                if self._mode == "dense":
                    rows, scores = self._search_dense(vector, limit, among)
                else:
                    rows, scores = self._search_words(question.text, words, limit, among)
                hits = self.table.hits(rows.tolist(), scores.round(_DECIMALS), top_k)
            exhausted = len(rows) < limit
            return hits

        with reported(_("a search")):
            return widen(most, top_k, find)

    def _search_dense(self, vector: Vectors, limit: int, among: str) -> tuple[RowNumbers, Vectors]:
        found = self._search([vector], "dense", limit, _effort(self._store.local, limit), among)
        rows, products = _columns(found)
        return rows, self._rescale(products, vector)

    def _search_words(self, text: str, words: list[str], limit: int, among: str) -> tuple[RowNumbers, Vectors]:
        found = self._search([self._words.text(text)], "sparse", limit, {}, among)
        rows, scores = _columns(found)
        return rows, np.clip(scores / np.float32(self._words.greatest(words)), 0.0, 1.0)

    def _search_both(
        self, text: str, words: list[str], vector: Vectors, limit: int, among: str
    ) -> tuple[RowNumbers, Vectors]:
        """Return candidate rows, ascending, and hybrid scores.

        Milvus' hybrid search does not return the two scores that it fuses. So the dense score is computed from the
        candidates' vectors, and the keyword score comes from a second BM25 search among the candidates.
        """
        from pymilvus import AnnSearchRequest, WeightedRanker

        effort = _effort(self._store.local, limit) | {"metric_type": "IP"}
        requests = [AnnSearchRequest([vector], "dense", effort, limit, expr=among)]
        weights = [1 - self._keyword_weight]
        if words:
            words_of = [self._words.text(text)]
            requests.append(AnnSearchRequest(words_of, "sparse", {"metric_type": "BM25"}, limit, expr=among))
            weights.append(self._keyword_weight)
        found = self._store.client.hybrid_search(
            self._name, requests, WeightedRanker(*weights), limit, output_fields=["dense"], timeout=_SECONDS
        )[0]
        candidates = sorted((int(item["id"]), item["entity"]["dense"]) for item in found)
        rows = np.array([row for row, _dense in candidates], dtype=np.int64)
        vectors = np.array([dense for _row, dense in candidates], dtype=np.float32).reshape(len(rows), len(vector))
        scores = (1 - self._keyword_weight) * np.minimum(self._rescale(vectors @ vector, vector), 1.0)
        if words and len(rows):
            matches, shares = self._search_words(text, words, len(rows), f"row in {rows.tolist()}")
            scores[np.searchsorted(rows, matches)] += self._keyword_weight * shares
        return rows, scores

    def _search(self, data: list[Any], field: str, limit: int, params: dict[str, Any], only: str = "") -> Any:
        # Without a time limit pymilvus retries for minutes.
        return self._store.client.search(
            self._name, data, anns_field=field, limit=limit, search_params=params, filter=only, timeout=_SECONDS
        )[0]

    def _rescale(self, products: Vectors, vector: Vectors) -> Vectors:
        """Rescale products as `DenseRetriever` does."""
        same = float(vector @ vector)
        floor = min(self._floor, 0.99 * same)
        scores: Vectors = np.maximum((products - floor) / (same - floor), 0.0).astype(np.float32)
        return scores

    def _measure_floor(self) -> float:
        """Mean product of posts of different topics, from the vectors in Milvus, as in `DenseRetriever`."""
        rows = range(0, len(self.table), max(1, len(self.table) // _FLOOR_SAMPLE))
        with reported(_("reading vectors")):
            found = self._store.client.query(
                self._name, filter=f"row in {list(rows)}", output_fields=["row", "dense"], timeout=_SECONDS
            )
        vectors = np.array([item["dense"] for item in sorted(found, key=lambda item: int(item["row"]))], np.float32)
        return mean_product_between_topics(vectors, [self.table.topic_ids[row] for row in rows])

    def _batches(self) -> Iterator[list[Record]]:
        for start in range(0, len(self.table), _BATCH):
            posts = [normalize(post) for post in self.table.posts[start : start + _BATCH]]
            vectors = self._post_encoder.encode(posts)
            yield [
                {"row": start + number, "text": self._words.text(post), "dense": vector}
                for number, (post, vector) in enumerate(zip(posts, vectors, strict=True))
            ]


class _Words:
    """The words of BM25 as Milvus sees them, and their document frequencies.

    The greatest possible score depends on these. Milvus does not report them, so they are counted here when the
    retriever is made.
    """

    bm25 = Bm25()

    def __init__(self, posts: Sequence[str], tokenize: Tokenizer | None, cache_dir: str | Path) -> None:
        self._split = tokenize is not None
        self.analyzer: dict[str, Any] = _WHITESPACE if self._split else _JIEBA
        self._tokenize = tokenize or JiebaWords(cache_dir)
        self._containing: Counter[str] = Counter()
        self._digest = hashlib.sha256()
        length = 0
        for post in posts:
            words = self.of(normalize(post))
            self._containing.update(set(words))
            length += len(words)
            self._digest.update(f"{self.text(normalize(post))}\n".encode())
        self._corpus = Corpus(len(posts), length / len(posts) if length else 1.0)

    def version(self, *fingerprints: str) -> str:
        """Twelve hexadecimal digits of a hash over everything that a collection's content depends on."""
        parts = [FORMAT_VERSION, fingerprints, self.analyzer, self.bm25.k1, self.bm25.b, self._digest.hexdigest()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    def of(self, text: str) -> list[str]:
        """Split a normalised text into words."""
        return ["_".join(word.split()) for word in self._tokenize(text)]

    def text(self, text: str) -> str:
        """Convert a normalised text to Milvus' input: words joined by spaces, or the text itself for its own jieba."""
        sent = " ".join(self.of(text)) if self._split else text
        return sent.encode()[:_MOST_BYTES].decode(errors="ignore")

    def greatest(self, words: list[str]) -> float:
        """BM25 score of a post of exactly these words, of which there is at least one."""
        return greatest_score(words, self.bm25, self._corpus, self._idf)

    def _idf(self, word: str) -> float:
        containing = self._containing[word]
        return math.log1p((self._corpus.posts - containing + 0.5) / (containing + 0.5))


def _expression(among: Mask | None) -> str:
    """Milvus' filter for the rows that may be found, or, where they are more, those that may not; empty for all."""
    if among is None:
        return ""
    wanted = np.flatnonzero(among)
    if 2 * len(wanted) <= len(among):
        return f"row in {wanted.tolist()}"
    return f"row not in {np.flatnonzero(~among).tolist()}"


def _effort(local: bool, limit: int) -> dict[str, Any]:
    """Return the search parameters of HNSW; `ef` must be at least the number of results."""
    return {} if local else {"params": {"ef": max(limit, 96)}}


def _columns(found: Any) -> tuple[RowNumbers, Vectors]:
    rows = np.array([item["id"] for item in found], dtype=np.int64)
    return rows, np.array([item["distance"] for item in found], dtype=np.float32)
