"""Retrieval by Milvus: vectors, Chinese BM25 or both, in a file (Lite) or on a server (docs/guides/milvus.md)."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faq_component.encoders import Encoder
from faq_component.errors import SettingsError, StartError
from faq_component.knowledge.checking import Faq
from faq_component.language import _, listed
from faq_component.retrieval.agreement import pooled_hits
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.dense import mean_product_between_topics
from faq_component.retrieval.engines.milvus_client import Deadline, reported
from faq_component.retrieval.engines.milvus_search import (
    Asked,
    ByVectors,
    ByVectorsAndLocalWords,
    ByVectorsAndWords,
    ByWords,
    Scale,
    Search,
)
from faq_component.retrieval.engines.milvus_store import Layout, MilvusStore, Record
from faq_component.retrieval.engines.milvus_vectors import MOST_RESULTS, Changes, Numbers, StoredVectors, post_numbers
from faq_component.retrieval.engines.milvus_versions import FORMAT_VERSION
from faq_component.retrieval.engines.milvus_words import MilvusWords
from faq_component.retrieval.indexes import RowNumbers, Vectors
from faq_component.retrieval.keyword import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.tokens import JiebaWords, Tokenizer
from faq_component.retrieval.types import PostTable, widen
from faq_component.text import normalize
from faq_component.types import Hit

logger = logging.getLogger(__name__)

MODES = ("hybrid", "dense", "keyword")
_BATCH = 500
_FLOOR_SAMPLE = 2_000
_SEARCH_SECONDS = 5.0  # of all calls of a search
_DECIMALS = 6  # of a score, so that products that differ only by rounding are equal


class MilvusRetriever:
    """Topics of an FAQ whose posts are in Milvus, found by vectors, by BM25 or by both.

    The scores are those of this package's own retrievers, computed from Milvus' results. ``dense``: the inner product,
    rescaled as in `DenseRetriever`. ``keyword``: BM25 (k1 1.5, b 0.75, Lucene's IDF) divided by the score of a post of
    exactly the query's words, as in `KeywordRetriever`. ``hybrid``: Milvus' hybrid search (WeightedRanker) chooses at
    least 128 candidate posts; the score of each is ``(1 - keyword_weight) * dense + keyword_weight * keyword``, pooled
    over the posts of a topic as in `HybridRetriever`. ``dense`` needs a server from 2.3, ``keyword`` one from 2.5. On
    one before 2.5 ``hybrid`` takes the keyword scores from an inverted index in this process, and candidates as
    `HybridRetriever` does.

    The collection is named after everything that its content depends on. A complete collection is used without encoding
    any post. Otherwise it is built and becomes the current version; the previous version stays, older ones are dropped.
    Without full text, a collection that differs by few posts is used too: new posts are then held in this process, and
    gone ones left out.
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
        self._encoder, self._post_encoder = encoder, post_encoder or encoder
        self._mode, self._keyword_weight, self._agreement = mode, keyword_weight, agreement
        self._tokenize, self._cache_dir = tokenize, cache_dir
        self._store = MilvusStore.connect(uri, token, collection)
        self._full_text = _takes_words_of_milvus(self._store, mode, uri)
        self._words: MilvusWords | None = None
        self._keyword: KeywordRetriever | None = None
        self.stored: StoredVectors | None = None
        self._search: Search | None = None
        self._open(faq)

    def updated(self, faq: Faq) -> MilvusRetriever:
        """Return a retriever over an edited FAQ; this one stays valid until the next version but one is built.

        Without full text, few new posts are encoded and held here, and Milvus is not written to. Otherwise the new
        version is built in Milvus.

        Raises:
            FaqError: Milvus fails at a step, or does not answer.
        """
        newer = copy.copy(self)
        newer._open(faq)
        return newer

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first; equal scores are in the order of the FAQ.

        Raises:
            FaqError: Milvus does not answer within five seconds, or the collection is gone.
        """
        if not question.text or not len(self.table):
            return []
        most = min(self.table.posts_among(question.among), MOST_RESULTS)
        if not most or self._search is None:
            return []
        vector = np.empty(0, np.float32) if self._mode == "keyword" else vector_of(question, self._encoder)
        among = self.table.rows_among(question.among)
        asked, search = Asked(question, vector, among, most, Deadline(_SEARCH_SECONDS)), self._search
        hits: list[Hit] = []
        exhausted = False

        def find(count: int) -> list[Hit]:
            nonlocal hits, exhausted
            if not exhausted:
                rows, scores, exhausted = search(asked, min(max(count, 1), most))
                if self._mode == "hybrid":
                    hits = pooled_hits(self.table, rows, scores.round(_DECIMALS), self._agreement, top_k)
                else:
                    hits = self.table.hits(rows.tolist(), scores.round(_DECIMALS), top_k)
            return hits

        with reported(_("a search")):
            return widen(most, top_k, find)

    def _open(self, faq: Faq) -> None:
        """Take the collection that there is, or build it."""
        self.table = PostTable(faq)
        if self._full_text:
            self._words = MilvusWords(self.table.posts, self._tokenize, self._cache_dir)
        elif self._mode == "hybrid":
            tokenize = self._tokenize or JiebaWords(self._cache_dir)
            self._keyword = KeywordRetriever(faq, tokenize) if self._keyword is None else self._keyword.updated(faq)
        if not len(self.table):
            self.stored = self._search = None
            return
        numbers = post_numbers(self.table.posts)
        self.stored = self._few_changes(numbers) or self._all_stored(numbers)
        self._search = self._searching(self.stored)

    def _searching(self, vectors: StoredVectors) -> Search:
        if self._mode == "keyword" and self._words is not None:
            return ByWords(vectors, self._words)
        rows = np.arange(0, len(self.table), max(1, len(self.table) // _FLOOR_SAMPLE))
        topics = [self.table.topic_ids[row] for row in rows]
        scale = Scale(mean_product_between_topics(vectors.vectors(rows), topics))
        if self._words is not None:
            return ByVectorsAndWords(vectors, scale, self._words, self._keyword_weight)
        if self._keyword is not None:
            return ByVectorsAndLocalWords(vectors, scale, self._keyword, self._keyword_weight)
        return ByVectors(vectors, scale)

    def _few_changes(self, numbers: Numbers) -> StoredVectors | None:
        """Use the collection in use here, or else the current one in Milvus, if it differs by few posts."""
        if self._full_text:
            return None
        before = self.stored
        if before is not None and self._store.has(before.name):
            found: tuple[str, Numbers] | None = (before.name, before.stored)
        else:
            found = self._store.current(self._kind)
        if found is None:
            return None
        name, stored = found
        changes = Changes.between(stored, numbers)
        if not changes.are_few:
            return None
        return StoredVectors(self._store, name, stored, changes, self._encode(changes.added))

    def _all_stored(self, numbers: Numbers) -> StoredVectors:
        words = self._words.fingerprint if self._words is not None else ""
        version = hashlib.sha256(f"{self._kind} {words} ".encode() + numbers.tobytes()).hexdigest()[:12]
        analyzer = self._words.analyzer if self._words is not None else None
        bm25 = {"bm25_k1": MilvusWords.bm25.k1, "bm25_b": MilvusWords.bm25.b}
        layout = Layout(self._encoder.dim, analyzer, bm25, self._kind)
        name = self._store.open_or_build(version, len(self.table), layout, lambda: self._records(numbers))
        changes = Changes.between(numbers, numbers)
        return StoredVectors(self._store, name, numbers, changes, self._encode(changes.added))

    @property
    def _kind(self) -> str:
        parts = [FORMAT_VERSION, self._encoder.fingerprint, self._encoder.dim, self._full_text]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def _encode(self, rows: RowNumbers) -> Vectors:
        if not len(rows):
            return np.empty((0, self._encoder.dim), dtype=np.float32)
        return self._post_encoder.encode([normalize(self.table.posts[row]) for row in rows])

    def _records(self, numbers: Numbers) -> Iterator[list[Record]]:
        for start in range(0, len(self.table), _BATCH):
            rows = range(start, min(start + _BATCH, len(self.table)))
            vectors = self._encode(np.array(rows))
            yield [
                {"row": row, "post": int(numbers[row]), "dense": vector} | self._text(row)
                for row, vector in zip(rows, vectors, strict=True)
            ]

    def _text(self, row: int) -> dict[str, str]:
        return {} if self._words is None else {"text": self._words.text(normalize(self.table.posts[row]))}


def _takes_words_of_milvus(store: MilvusStore, mode: str, uri: str) -> bool:
    """Whether Milvus searches the words, for which a server must be 2.5 or later."""
    if mode == "dense" or store.has_full_text:
        return mode != "dense"
    version = ".".join(map(str, store.version or ()))
    if mode == "keyword":
        raise StartError(
            _(
                "Milvus at {address} is version {version}, and the mode 'keyword' needs 2.5 or later: update it, or "
                "choose the mode 'hybrid' or 'dense'"
            ).format(address=uri, version=version)
        )
    logger.info(
        "Milvus at %s is version %s, and full text search needs 2.5 or later: the mode 'hybrid' takes its words from "
        "an inverted index in this process.",
        *(uri, version),
    )
    return False
