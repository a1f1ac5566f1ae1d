"""Texts of which an encoder's vocabulary has nothing, such as emoji: each is near to itself alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from faq_component.encoders import Encoder, Vectors


class TellingApartEncoder:
    """An encoder that gives each text which it cannot read a direction of its own, drawn from the text.

    To the model "👍", "😡" and "안" are one unknown token, and have one vector: without this, one would be answered
    with the topic of another.

    Args:
        encoder: of the texts that can be read; of the others only the length of their vectors counts.
        reads: whether a text can be.
    """

    def __init__(self, encoder: Encoder, reads: Callable[[str], bool]) -> None:
        self.dim = encoder.dim
        self.fingerprint = f"{encoder.fingerprint}-apart"
        self._encoder = encoder
        self._reads = reads

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts. *Shape:* ``(len(texts), dim)``."""
        vectors = self._encoder.encode(texts)
        unread = [row for row, text in enumerate(texts) if not self._reads(text)]
        if unread:
            lengths = np.linalg.norm(vectors[unread], axis=1, keepdims=True)
            vectors = vectors.copy()
            vectors[unread] = lengths * np.stack([_direction(texts[row], self.dim) for row in unread])
        return vectors


def _direction(text: str, dim: int) -> Vectors:
    """A direction that is as good as random, and the same each time. *Shape:* ``(dim,)``."""
    drawn = np.frombuffer(hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(dim), dtype=np.uint8)
    centred = drawn.astype(np.float32) - 127.5
    direction: Vectors = centred / np.linalg.norm(centred)
    return direction
