"""The encoder of retrieval: an encoder over rewritten texts, with vectors for texts outside its vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from faq_component.encoders import Encoder, Vectors
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import Rewriter


class ComparisonEncoder:
    """Rewrites each text before it is encoded, and gives texts outside the vocabulary a vector of their own.

    A model maps "👍", "😡" and "안" to the same unknown token and so to the same vector, and would answer one with the
    topic of another. Such a text gets a direction derived from its hash, with the length of the model's vector.

    Args:
        encoder: encodes the rewritten texts.
        rewrite: applied to each normalised text.
        reads: whether the vocabulary covers a text.
    """

    def __init__(
        self, encoder: Encoder, rewrite: Rewriter = str, reads: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.dim = encoder.dim
        self.fingerprint = f"{encoder.fingerprint}-apart"
        self._encoder = encoder
        self._rewrite = rewrite
        self._reads = reads

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode normalised texts. *Shape:* ``(len(texts), dim)``."""
        rewritten = [self._rewrite(text) for text in texts]
        return self._told_apart(rewritten, self._encoder.encode(rewritten))

    def vector(self, question: Question) -> Vectors:
        """Vector of a question, encoded once and kept with it. *Shape:* ``(dim,)``."""
        text = question.rewritten(self._rewrite)

        def told_apart() -> Vectors:
            vector: Vectors = self._told_apart([text], question.vector(self._encoder, text)[None, :])[0]
            return vector

        return question.once(("told apart", self.fingerprint, text), told_apart)

    def _told_apart(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        unread = [row for row, text in enumerate(texts) if not self._reads(text)]
        if unread:
            lengths = np.linalg.norm(vectors[unread], axis=1, keepdims=True)
            vectors = vectors.copy()
            vectors[unread] = lengths * np.stack([_direction(texts[row], self.dim) for row in unread])
        return vectors


def vector_of(question: Question, encoder: Encoder) -> Vectors:
    """Vector of a question from a `ComparisonEncoder` or any other encoder. *Shape:* ``(dim,)``."""
    return encoder.vector(question) if isinstance(encoder, ComparisonEncoder) else question.vector(encoder)


def _direction(text: str, dim: int) -> Vectors:
    """Derive a pseudorandom unit vector from a text's hash. *Shape:* ``(dim,)``."""
    drawn = np.frombuffer(hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(dim), dtype=np.uint8)
    centred = drawn.astype(np.float32) - 127.5
    direction: Vectors = centred / np.linalg.norm(centred)
    return direction
