"""Fitted classifiers on disk: fitting one takes seconds, reading it a moment."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from pathlib import Path

import numpy as np

from faq_component.files import remove_all_but_newest, write_atomically
from faq_component.recall.classifier import Rows, TopicClassifier
from faq_component.recall.indexes import Vectors

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
_KEPT = 8


class ClassifierStore:
    """Keeps classifiers in a private folder, each under the checksum of what it was fitted to.

    What cannot be read is fitted anew (a damaged file has another checksum inside). The eight used last are kept.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def open_or_fit(
        self, vectors: Vectors, topics: Rows, count: int, start: TopicClassifier | None = None
    ) -> TopicClassifier:
        """The classifier of these posts; arguments as for `TopicClassifier.fit`."""
        made_from = hashlib.sha256(f"{FORMAT_VERSION} {count} {vectors.shape}".encode())
        made_from.update(np.ascontiguousarray(vectors).data)
        made_from.update(np.ascontiguousarray(topics).data)
        file = self._folder / f"{made_from.hexdigest()[:32]}.npz"
        found = _read(file, (count, vectors.shape[1] + 1))
        if found is None:
            found = TopicClassifier.fit(vectors, topics, count, start)
            self._write(file, found)
        return found

    def _write(self, file: Path, classifier: TopicClassifier) -> None:
        content = io.BytesIO()
        np.savez(content, weights=classifier.weights, center=classifier.center, scale=np.float64(classifier.scale))
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(file, content.getvalue())
            remove_all_but_newest(self._folder, _KEPT, "*.npz")
        except OSError as error:
            logger.warning("The classifier cannot be kept in %s (%s); it is fitted at each start.", self._folder, error)


def _read(file: Path, shape: tuple[int, int]) -> TopicClassifier | None:
    try:
        content = io.BytesIO(file.read_bytes())
        with np.load(content, allow_pickle=False) as arrays:
            weights, center, scale = arrays["weights"], arrays["center"], float(arrays["scale"])
        file.touch()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        logger.warning("The classifier %s cannot be used (%s); it is fitted anew.", file, error)
        return None
    return TopicClassifier(weights, center, scale) if weights.shape == shape else None
