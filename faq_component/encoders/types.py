"""The seam of encoding: what every encoder takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity.

    They have unit length, so that it is the cosine, unless the setting `similarity` is ``dot``.
    """

    @property
    def dim(self) -> int:
        """The width of the vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """What the vectors depend on besides the text: two encoders with one fingerprint give the same vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order. *Shape:* ``(len(texts), dim)``."""
        ...
