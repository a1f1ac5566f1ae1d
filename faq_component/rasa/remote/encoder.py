"""The encoder of ``faq serve``, with what is known of it without asking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError, ServiceError
from faq_component.rasa.remote.client import ServiceClient

_BATCH = 64


class ServiceEncoder:
    """Asks ``POST /v1/encode``; width and fingerprint are those of the folder that the service encodes with.

    Of the folder only ``encoder.json`` is read: the service need not be there yet. Unlike `RemoteEncoder` it never
    makes a user wait: `ServiceClient` says how long it takes at most.

    Args:
        client: asks the service.
        folder: the encoder that the service has.

    Raises:
        EncoderError: the folder is no encoder.
    """

    def __init__(self, client: ServiceClient, folder: str | Path) -> None:
        metadata = EncoderMetadata.read(folder, verify=False)
        self._client, self._folder = client, folder
        self.dim, self.fingerprint = metadata.dim, metadata.fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order. *Shape:* ``(len(texts), dim)``.

        Raises:
            ServiceError: the service cannot be asked now.
            EncoderError: it has another encoder.
        """
        parts = [self._encode(list(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), dtype=np.float32)

    def _encode(self, texts: list[str]) -> Vectors:
        answer = self._client.post("/v1/encode", {"texts": texts})
        if answer.get("encoder") != self.fingerprint:
            raise EncoderError(
                f"the service has another encoder than {self._folder}; start it with `--encoder {self._folder}`"
            )
        try:
            vectors = np.array(answer.get("vectors"), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise ServiceError("the service's vectors are not rows of numbers") from error
        if vectors.shape != (len(texts), self.dim):
            raise ServiceError(f"the service's vectors have shape {vectors.shape}, not {(len(texts), self.dim)}")
        return vectors
