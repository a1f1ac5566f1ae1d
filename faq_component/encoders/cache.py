"""A cache of vectors on disk, so that a second start encodes nothing."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from faq_component.encoders.types import Encoder
from faq_component.support.files import private_file

logger = logging.getLogger(__name__)

_CHUNK = 256
_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
_CHECK = 4


class CachedEncoder:
    """An encoder with a cache in an SQLite file; the key is the SHA-256 of encoder and text.

    For the posts of an FAQ only; questions go to the encoder directly, so that the file holds nothing that users typed.
    SQLite writes atomically and lets several processes share the file. A damaged file is deleted and rebuilt; a file
    that cannot be written costs only the time to encode.

    `ArtifactStore` does not fit: it keeps each artefact in a file of its own, and here are thousands of small ones, of
    which each edit adds a few.
    """

    def __init__(self, encoder: Encoder, file: str | Path) -> None:
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint
        self._encoder = encoder
        self._file = Path(file)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return vectors of texts, from the cache where present. *Shape:* ``(len(texts), dim)``."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        rows_of: dict[bytes, list[int]] = {}
        for row, text in enumerate(texts):
            key = hashlib.sha256(f"{self.fingerprint}\0{text}".encode()).digest()
            rows_of.setdefault(key, []).append(row)
        missing = dict.fromkeys(rows_of)
        for key, vector in self._read(list(rows_of)):
            vectors[rows_of[key]] = vector
            missing.pop(key, None)
        if missing:
            fresh = self._encoder.encode([texts[rows_of[key][0]] for key in missing])
            for key, vector in zip(missing, fresh, strict=True):
                vectors[rows_of[key]] = vector
            self._write(list(missing), fresh)
        return vectors

    def _read(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, npt.NDArray[np.float32]]]:
        """Yield the vectors that the cache has, one by one: of a large FAQ they fill the memory once, not twice."""
        if not self._file.exists():
            return
        try:
            with contextlib.closing(sqlite3.connect(self._file, timeout=10)) as database:
                for start in range(0, len(keys), _CHUNK):
                    chunk = keys[start : start + _CHUNK]
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 (only marks)
                    for key, blob in database.execute(query, chunk):
                        if (vector := self._vector(blob)) is not None:
                            yield key, vector
        except sqlite3.OperationalError as error:
            logger.warning("The vector cache %s cannot be read (%s); the posts are encoded again.", self._file, error)
        except sqlite3.DatabaseError as error:
            logger.warning("The vector cache %s is damaged (%s); it is rebuilt.", self._file, error)
            self._file.unlink(missing_ok=True)

    def _vector(self, blob: bytes) -> npt.NDArray[np.float32] | None:
        """Decode a row; None where its length or checksum is wrong."""
        content, check = blob[:-_CHECK], blob[-_CHECK:]
        if len(content) != 4 * self.dim or check != _checksum(content):
            return None
        return np.frombuffer(content, dtype="<f4").astype(np.float32)

    def _write(self, keys: Sequence[bytes], vectors: npt.NDArray[np.float32]) -> None:
        contents = (vector.astype("<f4").tobytes() for vector in vectors)
        rows = ((key, content + _checksum(content)) for key, content in zip(keys, contents, strict=True))
        try:
            with contextlib.closing(sqlite3.connect(private_file(self._file), timeout=10)) as database, database:
                database.execute(_SCHEMA)
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except (OSError, sqlite3.Error) as error:
            logger.warning(
                "The vector cache %s cannot be written (%s); the next start encodes again.", self._file, error
            )


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECK, "big")
