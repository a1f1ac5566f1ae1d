"""The words of BM25 as Milvus sees them, and their document frequencies."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.retrieval.tokens import JiebaWords, Tokenizer
from faq_component.retrieval.weighting import Bm25, Corpus, greatest_score
from faq_component.text import normalize

_MOST_BYTES = 65_535  # of a text field
_JIEBA = {"tokenizer": "jieba", "filter": ["cnalphanumonly"]}
_WHITESPACE = {"tokenizer": "whitespace"}


class MilvusWords:
    """The words of the posts, counted here when the retriever is made: Milvus does not report them.

    The greatest possible score depends on these counts.
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

    @property
    def fingerprint(self) -> str:
        """A hash over the words of all posts and over what Milvus makes of them."""
        parts = [self.analyzer, self.bm25.k1, self.bm25.b, self._digest.hexdigest()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

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
