"""Fitted classifiers on disk: fitting one takes seconds, reading it a moment."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
from pathlib import Path

import numpy as np

from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.indexes import RowNumbers, Vectors
from faq_component.support.files import write_among_newest

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
_KEPT = 32  # `faq evaluate` fits some to parts of the FAQ, and an FAQ that is edited often leaves many states behind
_DIGEST = hashlib.sha256().digest_size


class ClassifierStore:
    """Keeps classifiers in a private folder, each under the checksum of what it was fitted to.

    A file is the SHA-256 of the rest, and an array: the weights, and below them the center and the scale. What is
    damaged is fitted anew. The 32 used last are kept.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def open_or_fit(
        self, vectors: Vectors, topics: RowNumbers, count: int, start: TopicClassifier | None = None
    ) -> TopicClassifier:
        """The classifier of these posts; arguments as for `TopicClassifier.fit`."""
        made_from = hashlib.sha256(f"{FORMAT_VERSION} {count} {vectors.shape}".encode())
        made_from.update(np.ascontiguousarray(vectors).data)
        made_from.update(np.ascontiguousarray(topics).data)
        file = self._folder / f"{made_from.hexdigest()[:32]}.classifier"
        found = _read(file)
        if found is None:
            logger.info("Fitting the classifier of topics on the FAQ; this is done once for each state of it.")
            found = TopicClassifier.fit(vectors, topics, count, start)
            self._write(file, found)
        return found

    def _write(self, file: Path, classifier: TopicClassifier) -> None:
        content = io.BytesIO()
        last = np.append(classifier.center, np.float32(classifier.scale))
        np.save(content, np.vstack([classifier.weights, last]), allow_pickle=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_among_newest(file, hashlib.sha256(content.getvalue()).digest() + content.getvalue(), _KEPT)
        except OSError as error:
            logger.warning("The classifier cannot be kept in %s (%s); it is fitted at each start.", self._folder, error)


def _read(file: Path) -> TopicClassifier | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.warning("The classifier %s cannot be read (%s); it is fitted anew.", file, error)
        return None
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        logger.warning("The classifier %s is damaged; it is fitted anew.", file)
        return None
    with contextlib.suppress(OSError):  # one that may only be read is as good
        file.touch()
    rows = np.load(io.BytesIO(content[_DIGEST:]), allow_pickle=False)
    return TopicClassifier(rows[:-1], rows[-1, :-1], float(rows[-1, -1]))
