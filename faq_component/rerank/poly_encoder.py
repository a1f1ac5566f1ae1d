"""Reranking with a poly-encoder: the question as a few vectors, each post as one vector computed in advance."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from tokenizers import Tokenizer

from faq_component.encoders.onnx import batches_by_length, open_session
from faq_component.language import N_
from faq_component.rerank.metadata import RerankerMetadata
from faq_component.rerank.types import Array, ranked
from faq_component.retrieval.question import Question
from faq_component.support.model_metadata import MODEL, TOKENIZER
from faq_component.text import normalize
from faq_component.types import Hit

QUERY_OUTPUT = "query_vectors"
POST_OUTPUT = "post_vector"


@dataclass(frozen=True)
class PolyEncoderMetadata(RerankerMetadata):
    """``poly_encoder.json``: the number of learned codes, and the score as ``logistic(scale * product + bias)``."""

    FILE: ClassVar[str] = "poly_encoder.json"
    NOUN: ClassVar[str] = N_("a poly-encoder")

    codes: int
    scale: float
    bias: float

    def __post_init__(self) -> None:
        if not (self.scale > 0 and np.isfinite([self.scale, self.bias]).all()):
            raise ValueError("'scale' or 'bias'")


class PolyEncoder:
    """Scores posts by the poly-encoder of Humeau, Shuster, Lachaux and Weston (2020), section 4.4.

    Learned codes attend over the states of the question's tokens and give one query vector each. The vector of a post
    (its first token's state) attends over the query vectors, and the score is the inner product of the result with the
    post's vector. So a question costs one pass through the BERT, whatever the number of hits. Both sides share one BERT
    here; the paper's two start from the same weights and are then trained separately.

    Args:
        folder: holds ``poly_encoder.json``, ``model.onnx`` and ``tokenizer.json``, as `export_poly_encoder` writes
            them; their checksums are verified.
        posts: of the FAQ; their vectors are computed at once and kept in memory, ``4 * dim`` bytes each.
        threads: of ONNX Runtime; 0 means one per processor, at most four.
        max_length: tokens of a question, and of a post; more are cut.

    The graph takes ``input_ids`` and ``attention_mask``, both int64 ``(batch, tokens)``, and gives ``query_vectors``,
    float32 ``(batch, codes, dim)``, and ``post_vector``, float32 ``(batch, dim)``.

    Raises:
        EncoderError: the folder is not a poly-encoder, a file is damaged, or `max_length` does not fit the model.
    """

    def __init__(
        self, folder: str | Path, posts: Iterable[str] = (), *, threads: int = 0, max_length: int = 64
    ) -> None:
        folder = Path(folder)
        self.metadata = PolyEncoderMetadata.read(folder)
        self.metadata.check_max_length(max_length, folder)
        self._session = open_session(folder / MODEL, threads or min(os.cpu_count() or 1, 4))
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(max_length)
        self._tokenizer.no_padding()
        self._vectors: dict[str, Array] = {}
        self.prepare(posts)

    def prepare(self, posts: Iterable[str]) -> None:
        """Keep the vectors of exactly these posts; only new posts are encoded."""
        texts = list(dict.fromkeys(map(normalize, posts)))
        # A single assignment: a concurrent question sees either the old vectors or the new ones.
        self._vectors = dict(zip(texts, self._vectors_of(texts), strict=True))

    def rerank(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Rerank hits, best first; a post that was not prepared is encoded for this call."""
        if not hits:
            return []
        posts = self._vectors_of([normalize(hit.post) for hit in hits])
        products = poly_products(self._query_vectors(question.text), posts)
        return ranked(hits, self.metadata.scale * products + self.metadata.bias)

    def query_vectors(self, asked: str) -> Array:
        """Vectors of a question, one per learned code. *Shape:* ``(codes, dim)``."""
        return self._query_vectors(Question(asked).text)

    def _query_vectors(self, text: str) -> Array:
        (vectors,) = self._run(QUERY_OUTPUT, [self._tokenizer.encode(text).ids])
        result: Array = vectors
        return result

    def post_vectors(self, posts: Sequence[str]) -> Array:
        """Encode posts. *Shape:* ``(len(posts), dim)``."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(map(normalize, posts)))]
        vectors = np.zeros((len(posts), self.metadata.dim), dtype=np.float32)
        by_length = sorted(range(len(posts)), key=lambda index: len(ids[index]))
        for batch in batches_by_length(by_length, ids):
            vectors[batch] = self._run(POST_OUTPUT, [ids[index] for index in batch])
        return vectors

    def _vectors_of(self, texts: Sequence[str]) -> Array:
        """Look up the vectors of normalised posts, and encode missing ones. *Shape:* ``(len(texts), dim)``."""
        known = self._vectors
        missing = list(dict.fromkeys(text for text in texts if text not in known))
        fresh = dict(zip(missing, self.post_vectors(missing), strict=True))
        if not texts:
            return np.zeros((0, self.metadata.dim), dtype=np.float32)
        return np.stack([known[text] if text in known else fresh[text] for text in texts])

    def _run(self, output: str, token_ids: Sequence[list[int]]) -> Array:
        shape = (len(token_ids), max(map(len, token_ids)))
        ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, tokens in enumerate(token_ids):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        result: Array = self._session.run([output], {"input_ids": ids, "attention_mask": mask})[0]
        return result


def poly_products(query_vectors: Array, posts: Array) -> Array:
    """Inner product of each post with its attention over the query vectors (Humeau et al. 2020, section 4.4).

    *Shape:* query vectors ``(codes, dim)``, posts ``(n, dim)``, result ``(n,)``.
    """
    attention = posts @ query_vectors.T  # (n, codes)
    weights = np.exp(attention - attention.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    # context . post = sum of weights * (query vector . post), and the attention is those products
    products: Array = (weights * attention).sum(axis=1)
    return products
