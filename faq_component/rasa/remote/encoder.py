"""The encoder of ``faq serve``, with width and fingerprint from the local folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError, ServiceError
from faq_component.language import _
from faq_component.rasa.remote.ahead import ENCODE, Asked
from faq_component.rasa.remote.client import ServiceClient

_BATCH = 64


class ServiceEncoder:
    """Encodes through ``POST /v1/encode``; width and fingerprint come from the encoder folder that the service uses.

    It reads only ``encoder.json`` of the folder, so the service need not run yet. Unlike `RemoteEncoder` it never makes
    a user wait longer than the time-out of `ServiceClient`.

    Args:
        client: client of the service.
        folder: the encoder folder that the service uses.

    Raises:
        EncoderError: the folder is not an encoder.
    """

    def __init__(self, client: ServiceClient, folder: str | Path) -> None:
        metadata = EncoderMetadata.read(folder, verify=False)
        self._client, self._folder = client, folder
        self.dim, self.fingerprint = metadata.dim, metadata.fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts. *Shape:* ``(len(texts), dim)``.

        Raises:
            EncoderError: the service uses another encoder.
            ServiceError: the service does not answer, or its vectors are malformed.
        """
        batches = [self._encode(list(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(batches) if batches else np.zeros((0, self.dim), dtype=np.float32)

    def asked(self, texts: list[str]) -> Asked:
        """Return the request of `encode` for at most 64 texts."""
        return Asked(self._client, ENCODE, {"texts": texts})

    def _encode(self, texts: list[str]) -> Vectors:
        asked = self.asked(texts)
        answer = self._client.post(asked.path, asked.content)
        if answer.get("encoder") != self.fingerprint:
            raise EncoderError(
                _("the service uses another encoder than {folder}; start it with `--encoder {folder}`").format(
                    folder=self._folder
                )
            )
        vectors = _numbers(answer.get("vectors"))
        if vectors.shape != (len(texts), self.dim):
            raise ServiceError(
                _("the service's vectors have shape {given}, not {expected}").format(
                    given=vectors.shape, expected=(len(texts), self.dim)
                )
            )
        return vectors


def _numbers(rows: Any) -> Vectors:
    """Return rows of numbers as they are in JSON; NumPy takes null, texts and truth values for numbers too."""
    fault = ServiceError(_("the service's vectors are not rows of finite numbers"))
    try:
        if not all(type(number) in (int, float) for row in rows for number in row):
            raise fault
        with np.errstate(over="ignore"):
            numbers = np.array(rows, dtype=np.float64).astype(np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise fault from error
    if not np.isfinite(numbers).all():
        raise fault
    return numbers
