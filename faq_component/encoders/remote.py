"""An encoder behind HTTP, in the form of bert-as-service."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from faq_component.encoders.onnx import unit_rows
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError

_PROBE = "晚安"


class RemoteEncoder:
    """Asks ``POST {url}/encode`` with ``{"id": 1, "texts": [...], "is_tokenized": false}`` for vectors.

    The answer is ``{"id": 1, "results": [[...], ...], "status": 200}``, as bert-as-service's HTTP server gives it (its
    ZMQ client is another protocol and is not supported). Width and fingerprint are learned from the vector of a probe:
    another model behind the same address gets other entries in the cache of vectors.

    Args:
        url: begins with http:// or https://; redirects are not followed.
        timeout: seconds to wait for the server, per request.
        batch: texts per request.
        unit_length: scale vectors to length 1.

    Raises:
        EncoderError: the address cannot be, the server does not answer in time, or its answer is not of that form.
    """

    def __init__(self, url: str, *, timeout: float = 5.0, batch: int = 64, unit_length: bool = True) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EncoderError(f"the encoder's address is '{url}'; it must begin with http:// or https:// and a host")
        self._url, self._timeout, self._batch, self._unit_length = url.rstrip("/"), timeout, batch, unit_length
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/") + "/encode"
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._last_id = 0
        self.dim = 0  # not known before the probe
        probe = self.encode([_PROBE])
        self.dim = probe.shape[1]
        rounded = np.round(probe, 3).astype("<f4").tobytes()
        self.fingerprint = hashlib.sha256(f"{self._url} {unit_length} ".encode() + rounded).hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order. *Shape:* ``(len(texts), dim)``."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        parts = [self._encode_batch(texts[start : start + self._batch]) for start in range(0, len(texts), self._batch)]
        vectors = np.concatenate(parts)
        return unit_rows(vectors) if self._unit_length else vectors

    def _encode_batch(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            self._last_id += 1
            number = self._last_id
        answer = self._post({"id": number, "texts": list(texts), "is_tokenized": False})
        if not isinstance(answer, dict) or answer.get("status") != 200:
            found = answer.get("status") if isinstance(answer, dict) else answer
            raise EncoderError(f"{self._url}: the encoder answered with status {found!r:.100} in place of 200")
        if answer.get("id") != number:
            raise EncoderError(f"{self._url}: the encoder answered request {answer.get('id')!r}, asked was {number}")
        try:
            vectors = np.array(answer.get("results"), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise EncoderError(f"{self._url}: the encoder's vectors are not rows of numbers of one width") from error
        expected = f"{len(texts)} rows" + (f" of {self.dim} numbers" if self.dim else "")
        if vectors.ndim != 2 or len(vectors) != len(texts) or (self.dim and vectors.shape[1] != self.dim):
            raise EncoderError(
                f"{self._url}: the encoder's vectors have shape {vectors.shape}, expected are {expected}"
            )
        if not np.isfinite(vectors).all() or not np.linalg.norm(vectors, axis=1).all():
            raise EncoderError(f"{self._url}: the encoder gave a vector that is zero or not finite")
        return vectors

    def _post(self, content: Any) -> Any:
        body = json.dumps(content).encode()
        for attempt in ("kept", "new"):
            connection = self._connection(anew=attempt == "new")
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                connection.close()
                if attempt == "new":  # a kept connection may have been closed meanwhile; a new one has no excuse
                    raise EncoderError(f"{self._url}: the encoder closed the connection") from error
                continue
            except TimeoutError as error:
                connection.close()
                raise EncoderError(f"{self._url}: the encoder did not answer within {self._timeout} s") from error
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                raise EncoderError(f"{self._url}: the encoder cannot be reached ({error}); is it running?") from error
            if response.status != 200:
                raise EncoderError(f"{self._url}: the encoder answered with HTTP status {response.status}")
            try:
                return json.loads(text)
            except ValueError as error:
                raise EncoderError(f"{self._url}: the encoder's answer is not JSON") from error
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _connection(self, anew: bool) -> http.client.HTTPConnection:
        """The thread's own kept connection, or a new one."""
        connection: http.client.HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None or anew:
            connection = self._kind(self._host, self._port, timeout=self._timeout)
            self._of_thread.connection = connection
        return connection
