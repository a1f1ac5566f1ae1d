"""Hashed character n-grams of words in Latin letters: what the classifier of an English FAQ reads beside vectors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from faq_component.encoders import Vectors
from faq_component.text import CHINESE_CHARACTER, normalize

# Chosen on development questions, by `python -m benchmarks.classifier`: see docs/results/benchmarks.md.
_BUCKETS = 512
_NGRAMS = (2, 4)
_WEIGHT = 0.35  # length beside a vector of length 1


def with_subwords(vectors: Vectors, texts: Sequence[str]) -> Vectors:
    """Append the hashed n-grams of each text to its vector, scaled to length 1.

    Words in Latin letters share stems and endings that an encoder with a small vocabulary cuts differently. N-grams do
    not cross words; those of Chinese characters are left out.

    *Shape:* ``(n, dim)`` to ``(n, dim + 512)``.
    """
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    ngrams: Vectors = _hashing().transform(texts).toarray()
    return np.hstack([vectors / lengths, np.float32(_WEIGHT) * ngrams])


@lru_cache(maxsize=1)
def _hashing() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer  # half a second that no Chinese FAQ needs

    return HashingVectorizer(
        analyzer="char_wb",
        ngram_range=_NGRAMS,
        n_features=_BUCKETS,
        preprocessor=_without_chinese,
        dtype=np.float32,
    )


def _without_chinese(text: str) -> str:
    return CHINESE_CHARACTER.sub(" ", normalize(text))
