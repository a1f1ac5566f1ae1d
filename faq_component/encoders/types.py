"""The interface of encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity.

    The vectors have unit length, so that this is the cosine, unless the setting `similarity` is ``dot``.
    """

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identity of the encoder: two encoders with the same fingerprint give the same vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, keeping their order. *Shape:* ``(len(texts), dim)``."""
        ...
