"""The vectors of the last few questions, for components that ask for the same one in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from faq_component.encoders.types import Encoder

_KEPT = 64


class RecentEncoder:
    """An encoder that keeps the vectors of the last 64 texts that were encoded one by one."""

    def __init__(self, encoder: Encoder, reads: Callable[[str], bool] = lambda _: True) -> None:
        """`reads` says whether the encoder's vocabulary has something of a text, where the encoder can tell."""
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint
        self.reads = reads
        self._encoder = encoder
        self._one = lru_cache(_KEPT)(lambda text: encoder.encode([text]))

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of the texts. *Shape:* ``(len(texts), dim)``."""
        if len(texts) == 1:
            return np.array(self._one(texts[0]))
        return self._encoder.encode(texts)

    def forget(self) -> None:
        """Encode every text anew from now on, as where times are measured."""
        self._one.cache_clear()
