"""Approximate indexes on disk: building one of 100,000 posts takes half a minute, reading it a moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from pathlib import Path

import numpy as np

from faq_component.retrieval.indexes import ApproximateIndex, Index, Vectors, build_index, choose_kind
from faq_component.support.files import newest_first, write_atomically

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
_KEPT = 3


class IndexStore:
    """Keeps approximate indexes in a private folder, each with a description: its size, its SHA-256, its vectors.

    An index is read only if it is exactly the one that was written for exactly these vectors; else it is built anew.
    The three used last are kept. A folder that cannot be written costs only the time to build.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def open_or_build(self, vectors: Vectors, kind: str) -> Index:
        """The index of these vectors; `kind` as for `build_index`. *Shape:* ``(n, dim)``."""
        kind = choose_kind(len(vectors)) if kind == "auto" else kind
        if kind in ("exact", "flat") or not len(vectors):
            return build_index(vectors, kind)
        digest = hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
        path = self._folder / f"{kind}-{digest[:16]}.faiss"
        content = self._read(path, digest, vectors.shape)
        if content is not None:
            import faiss

            with contextlib.suppress(OSError):  # one that may only be read is as good
                path.touch()
            return ApproximateIndex(vectors, kind, faiss.deserialize_index(content))
        index = ApproximateIndex(vectors, kind)
        self._write(path, digest, index)
        return index

    def _read(
        self, path: Path, digest: str, shape: tuple[int, ...]
    ) -> np.ndarray[tuple[int], np.dtype[np.uint8]] | None:
        try:
            description = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            content = path.read_bytes()
        except (OSError, ValueError):
            return None
        if description != _describe(content, digest, shape):
            logger.warning("The index %s is damaged or of another version; it is built anew.", path)
            return None
        return np.frombuffer(content, dtype=np.uint8)

    def _write(self, path: Path, digest: str, index: ApproximateIndex) -> None:
        import faiss

        content = faiss.serialize_index(index.faiss_index).tobytes()
        description = _describe(content, digest, index.vectors.shape)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, content)
            write_atomically(path.with_suffix(".json"), json.dumps(description).encode())
            for old in newest_first(self._folder, ".faiss")[_KEPT:]:
                old.with_suffix(".json").unlink(missing_ok=True)
                old.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("The index cannot be kept in %s (%s); it is built at each start.", self._folder, error)


def _describe(content: bytes, digest: str, shape: tuple[int, ...]) -> dict[str, object]:
    import faiss

    return {
        "format_version": FORMAT_VERSION,
        "faiss": faiss.__version__,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "vectors_sha256": digest,
        "shape": list(shape),
    }
