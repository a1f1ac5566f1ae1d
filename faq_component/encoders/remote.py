"""An encoder behind HTTP, in the form of bert-as-service."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support.http_address import split_address
from faq_component.support.http_client import HttpClient, HttpError

_PROBE = "晚安"


class RemoteEncoder:
    """Asks ``POST {url}/encode`` with ``{"id": 1, "texts": [...], "is_tokenized": false}`` for vectors.

    The answer is ``{"id": 1, "results": [[...], ...], "status": 200}``. This is bert-as-service's documented form; its
    HTTP server writes ``result`` (bert_serving/server/http.py), which is accepted too. Its ZMQ protocol is not
    supported. Width and fingerprint come from the vector of a probe, so that another model behind the same address gets
    its own entries in the cache of vectors. Safe for threads and forked processes.

    Args:
        url: begins with http:// or https://, without user name, password or query; redirects are not followed.
        timeout: seconds for a whole request, from the name lookup to the end of the answer.
        batch: texts per request.
        unit_length: scale vectors to length 1.

    Raises:
        EncoderError: the address is invalid, the server does not answer in time, or its answer is not of that form.
    """

    def __init__(self, url: str, *, timeout: float = 5.0, batch: int = 64, unit_length: bool = True) -> None:
        try:
            split_address(url, _("the encoder's address"))
        except ValueError as error:
            raise EncoderError(str(error)) from error
        self._url, self._batch, self._unit_length = url.rstrip("/"), batch, unit_length
        self._client = HttpClient(url, timeout)
        self._ids = itertools.count(1)  # next() is atomic, so threads can share it
        self.dim = 0  # not known before the probe
        probe = self.encode([_PROBE])
        self.dim = probe.shape[1]
        rounded = (np.round(probe, 3) + 0.0).astype("<f4").tobytes()  # without a negative zero
        self.fingerprint = hashlib.sha256(f"{self._url} {unit_length} ".encode() + rounded).hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, keeping their order. *Shape:* ``(len(texts), dim)``."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        batches = (texts[start : start + self._batch] for start in range(0, len(texts), self._batch))
        return np.concatenate(list(map(self._encode_batch, batches)))

    def _encode_batch(self, texts: Sequence[str]) -> Vectors:
        number = next(self._ids)
        answer = self._post({"id": number, "texts": list(texts), "is_tokenized": False})
        if not isinstance(answer, dict) or answer.get("status") != 200:
            found = answer.get("status") if isinstance(answer, dict) else answer
            raise EncoderError(
                _("{url}: the encoder answered with status {status} in place of 200").format(
                    url=self._url, status=f"{found!r:.100}"
                )
            )
        if answer.get("id") != number:
            raise EncoderError(
                _("{url}: the encoder answered request {id!r}, asked was {number}").format(
                    url=self._url, id=answer.get("id"), number=number
                )
            )
        try:
            vectors = np.array(answer.get("results", answer.get("result")), dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise EncoderError(
                _("{url}: the encoder's vectors are not rows of numbers of one width").format(url=self._url)
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or (self.dim and vectors.shape[1] != self.dim):
            message = (
                _("{url}: the encoder's vectors have shape {shape}, expected are {rows} rows of {dim} numbers")
                if self.dim
                else _("{url}: the encoder's vectors have shape {shape}, expected are {rows} rows")
            )
            raise EncoderError(message.format(url=self._url, shape=vectors.shape, rows=len(texts), dim=self.dim))
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            valid = np.isfinite(lengths).all() and lengths.all()
            single: Vectors = (vectors / lengths if self._unit_length else vectors).astype(np.float32)
        if not valid or not np.isfinite(single).all():
            raise EncoderError(_("{url}: the encoder gave a vector that is zero or not finite").format(url=self._url))
        return single

    def _post(self, content: Any) -> Any:
        try:
            answer = self._client.post("/encode", content)
        except HttpError as error:
            raise EncoderError(_("{url}: the encoder {problem}").format(url=self._url, problem=error)) from error
        if answer.status != 200:
            raise EncoderError(
                _("{url}: the encoder answered with HTTP status {status}").format(url=self._url, status=answer.status)
            )
        try:
            return answer.json()
        except ValueError as error:
            raise EncoderError(_("{url}: the encoder's answer is not JSON").format(url=self._url)) from error
