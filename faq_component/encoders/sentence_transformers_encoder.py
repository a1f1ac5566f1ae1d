"""An encoder on the library sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faq_component.encoders.onnx import unit_rows
from faq_component.encoders.types import Vectors
from faq_component.encoders.weights import fingerprint, require_known_modules, require_safe_weights
from faq_component.errors import EncoderError, MissingExtraError
from faq_component.language import _


class SentenceTransformersEncoder:
    """Encodes with a sentence-transformers model, whose folder defines its pooling.

    Args:
        name_or_folder: a folder, or a model's name on the hub.
        prefix: precedes each text.
        threads: of PyTorch, for the whole process; 0 keeps PyTorch's choice.
        unit_length: scale vectors to length 1.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        EncoderError: the model cannot be loaded.
    """

    def __init__(self, name_or_folder: str, *, prefix: str = "", threads: int = 0, unit_length: bool = True) -> None:
        try:
            import torch
            from safetensors import SafetensorError  # type: ignore[attr-defined]  # is there, its types are not
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtraError("sentence-transformers", "sentence-transformers") from error
        require_safe_weights(name_or_folder)
        require_known_modules(name_or_folder)
        try:
            model: Any = SentenceTransformer(
                name_or_folder, device="cpu", trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, SafetensorError) as error:
            reason = " ".join(str(error).split())
            raise EncoderError(
                _("{model} cannot be loaded: {reason}").format(model=name_or_folder, reason=reason)
            ) from error
        self._model = model.float()  # transformers 5 keeps 16-bit weights as they are, 4 does not
        if threads:
            torch.set_num_threads(threads)
        self.dim = len(self._model.encode("", show_progress_bar=False))  # the method for it has been renamed
        configs = [getattr(module, "config", None) for module in model.modules()]
        commit = next((found for config in configs if (found := getattr(config, "_commit_hash", None))), None)
        options = {"prefix": prefix, "unit_length": unit_length}
        self.fingerprint = fingerprint(name_or_folder, "sentence-transformers", commit=commit, **options)
        self._prefix, self._unit_length = prefix, unit_length

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, keeping their order. *Shape:* ``(len(texts), dim)``."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        prefixed = [self._prefix + text for text in texts]
        vectors: Vectors = self._model.encode(prefixed, show_progress_bar=False, convert_to_numpy=True)
        vectors = vectors.astype(np.float32)
        return unit_rows(vectors) if self._unit_length else vectors
