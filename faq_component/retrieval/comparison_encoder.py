"""The encoder as retrieval compares texts with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from faq_component.encoders import Encoder, Vectors
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import Rewriter


class ComparisonEncoder:
    """Rewrites each text before it is encoded, and gives texts outside the vocabulary a vector of their own.

    To a model "👍", "😡" and "안" are one unknown token, and have one vector: without this, one would be answered with
    the topic of another. Such a text gets a direction drawn from its hash, as long as the model's vector.

    Args:
        encoder: of the rewritten texts.
        rewrite: what a normalised text goes through first.
        reads: whether the vocabulary has something of a text.
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
        """Vectors of normalised texts. *Shape:* ``(len(texts), dim)``."""
        rewritten = [self._rewrite(text) for text in texts]
        return self._told_apart(rewritten, self._encoder.encode(rewritten))

    def vector(self, question: Question) -> Vectors:
        """The vector of a question; the model encodes its text once, whoever else asks for it. *Shape:* ``(dim,)``."""
        text = question.rewritten(self._rewrite)
        vector: Vectors = self._told_apart([text], question.vector(self._encoder, text)[None, :])[0]
        return vector

    def _told_apart(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        unread = [row for row, text in enumerate(texts) if not self._reads(text)]
        if unread:
            lengths = np.linalg.norm(vectors[unread], axis=1, keepdims=True)
            vectors = vectors.copy()
            vectors[unread] = lengths * np.stack([_direction(texts[row], self.dim) for row in unread])
        return vectors


def vector_of(question: Question, encoder: Encoder) -> Vectors:
    """The vector of a question under an encoder of either kind. *Shape:* ``(dim,)``."""
    return encoder.vector(question) if isinstance(encoder, ComparisonEncoder) else question.vector(encoder)


def _direction(text: str, dim: int) -> Vectors:
    """A direction that is as good as random, and the same each time. *Shape:* ``(dim,)``."""
    drawn = np.frombuffer(hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(dim), dtype=np.uint8)
    centred = drawn.astype(np.float32) - 127.5
    direction: Vectors = centred / np.linalg.norm(centred)
    return direction
