"""An encoder behind HTTP, in the form of bert-as-service."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult

import numpy as np

from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.support.http_address import split_address

_PROBE = "晚安"
_CHUNK = 1 << 16


class RemoteEncoder:
    """Asks ``POST {url}/encode`` with ``{"id": 1, "texts": [...], "is_tokenized": false}`` for vectors.

    The answer is ``{"id": 1, "results": [[...], ...], "status": 200}``. bert-as-service documents it so, but its HTTP
    server writes ``result`` (bert_serving/server/http.py), which is read too; its ZMQ client is another protocol and is
    not supported. Width and fingerprint are learned from the vector of a probe: another model behind the same address
    gets other entries in the cache of vectors. May be shared by threads and by forked processes.

    Args:
        url: begins with http:// or https://, without user name, password or query; redirects are not followed.
        timeout: seconds to wait for the server to accept a connection, for its first words, and for its whole answer.
        batch: texts per request.
        unit_length: scale vectors to length 1.

    Raises:
        EncoderError: the address cannot be, the server does not answer in time, or its answer is not of that form.
    """

    def __init__(self, url: str, *, timeout: float = 5.0, batch: int = 64, unit_length: bool = True) -> None:
        parts = _split(url)
        self._url, self._timeout, self._batch, self._unit_length = url.rstrip("/"), timeout, batch, unit_length
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/") + "/encode"
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._last_id = 0
        self.dim = 0  # not known before the probe
        probe = self.encode([_PROBE])
        self.dim = probe.shape[1]
        rounded = (np.round(probe, 3) + 0.0).astype("<f4").tobytes()  # without a negative zero
        self.fingerprint = hashlib.sha256(f"{self._url} {unit_length} ".encode() + rounded).hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order. *Shape:* ``(len(texts), dim)``."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        parts = [self._encode_batch(texts[start : start + self._batch]) for start in range(0, len(texts), self._batch)]
        return np.concatenate(parts)

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
            vectors = np.array(answer.get("results", answer.get("result")), dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise EncoderError(f"{self._url}: the encoder's vectors are not rows of numbers of one width") from error
        expected = f"{len(texts)} rows" + (f" of {self.dim} numbers" if self.dim else "")
        if vectors.ndim != 2 or len(vectors) != len(texts) or (self.dim and vectors.shape[1] != self.dim):
            raise EncoderError(
                f"{self._url}: the encoder's vectors have shape {vectors.shape}, expected are {expected}"
            )
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            if not np.isfinite(lengths).all() or not lengths.all():
                raise EncoderError(f"{self._url}: the encoder gave a vector that is zero or not finite")
            single: Vectors = (vectors / lengths if self._unit_length else vectors).astype(np.float32)
        if not np.isfinite(single).all():
            raise EncoderError(f"{self._url}: the encoder gave a vector that is zero or not finite")
        return single

    def _post(self, content: Any) -> Any:
        body = json.dumps(content).encode()
        for attempt in ("kept", "new"):
            connection = self._connection(anew=attempt == "new")
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                text, status = self._read(connection)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                connection.close()
                if attempt == "new":  # a kept connection may have been closed meanwhile; a new one has no excuse
                    raise EncoderError(f"{self._url}: the encoder closed the connection") from error
                continue
            except TimeoutError as error:
                connection.close()
                raise EncoderError(f"{self._url}: the encoder did not answer within {self._timeout} s") from error
            except http.client.HTTPException as error:
                connection.close()
                fault = f"{type(error).__name__} {error}"
                raise EncoderError(f"{self._url}: the encoder's answer is not whole HTTP ({fault:.100})") from error
            except OSError as error:
                connection.close()
                raise EncoderError(f"{self._url}: the encoder cannot be reached ({error}); is it running?") from error
            if status != 200:
                raise EncoderError(f"{self._url}: the encoder answered with HTTP status {status}")
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                raise EncoderError(f"{self._url}: the encoder's answer is not JSON") from error
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _read(self, connection: http.client.HTTPConnection) -> tuple[bytes, int]:
        """Body and status of the answer; raises `TimeoutError` where the whole takes longer than the timeout."""
        socket = connection.sock  # the connection forgets it when the server is going to close
        end = time.monotonic() + self._timeout
        chunks = []
        with connection.getresponse() as response:
            while not response.isclosed():
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                socket.settimeout(left)
                chunk = response.read1(_CHUNK)  # waits for the network once at most
                if not chunk:
                    break
                chunks.append(chunk)
            if response.length:  # read1 leaves it to its caller to see an end that came too soon
                raise http.client.IncompleteRead(b"".join(chunks), response.length)
        if connection.sock is not None:
            socket.settimeout(self._timeout)
        return b"".join(chunks), response.status

    def _connection(self, anew: bool) -> http.client.HTTPConnection:
        """The kept connection of this thread in this process, or a new one."""
        kept: tuple[int, http.client.HTTPConnection] | None = getattr(self._of_thread, "kept", None)
        if kept is not None and kept[0] == os.getpid() and not anew:
            return kept[1]
        if kept is not None:
            kept[1].close()  # after a fork: only this process's hold on it, the parent goes on using its own
        connection = self._kind(self._host, self._port, timeout=self._timeout)
        self._of_thread.kept = (os.getpid(), connection)
        return connection


def _split(url: str) -> SplitResult:
    try:
        return split_address(url, "the encoder's address")
    except ValueError as error:
        raise EncoderError(str(error)) from error
