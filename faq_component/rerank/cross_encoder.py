"""Reranking with a cross-encoder: one BERT reads the question and a post together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from tokenizers import Encoding, Tokenizer

from faq_component.encoders.onnx import batches_by_length, open_session
from faq_component.errors import EncoderError
from faq_component.language import N_, _
from faq_component.rerank.metadata import RerankerMetadata
from faq_component.rerank.types import Array, ranked
from faq_component.retrieval.question import Question
from faq_component.support.model_metadata import MODEL, TOKENIZER
from faq_component.text import normalize
from faq_component.types import Hit

LABELS = (1, 2)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True)
class CrossEncoderMetadata(RerankerMetadata):
    """``cross_encoder.json``; `labels` is the number of logits: one (a logistic score), or two (no, yes)."""

    FILE: ClassVar[str] = "cross_encoder.json"
    NOUN: ClassVar[str] = N_("a cross-encoder")

    labels: int

    def __post_init__(self) -> None:
        if self.labels not in LABELS:
            raise ValueError("'labels'")


class CrossEncoder:
    """Scores each pair of question and post by a BERT for sequence classification (Nogueira and Cho 2019).

    Args:
        folder: holds ``cross_encoder.json``, ``model.onnx`` and ``tokenizer.json``, as `export_cross_encoder` writes
            them; their checksums are verified.
        threads: of ONNX Runtime; 0 means one per processor, at most four.
        max_length: tokens of a pair; of a longer one only the longer side is cut, down to the length of the other.

    The graph takes ``input_ids``, ``attention_mask`` and, if it was trained with them, ``token_type_ids``, all int64
    ``(pairs, tokens)``, and gives logits, float32 ``(pairs, labels)``. Every hit costs a pass through the whole BERT.

    Raises:
        EncoderError: the folder is not a cross-encoder, a file is damaged, or `max_length` does not fit the model.
    """

    def __init__(self, folder: str | Path, *, threads: int = 0, max_length: int = 128) -> None:
        folder = Path(folder)
        self.metadata = CrossEncoderMetadata.read(folder)
        self.metadata.check_max_length(max_length, folder)
        self._session = open_session(folder / MODEL, threads or min(os.cpu_count() or 1, 4))
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(max_length, strategy="longest_first")
        self._tokenizer.no_padding()

    def rerank(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Score hits with the probability that question and post mean the same; return them best first."""
        logits = self._logits([(question.text, normalize(hit.post)) for hit in hits])
        # Softmax over two logits is the logistic function of their difference.
        return ranked(hits, logits[:, -1] - logits[:, 0] if self.metadata.labels == 2 else logits[:, 0])

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Array:
        """Raw output of the model for pairs of question and post. *Shape:* ``(len(pairs), labels)``."""
        return self._logits([(Question(asked).text, normalize(post)) for asked, post in pairs])

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> Array:
        """Raw output of the model for normalised pairs. *Shape:* ``(len(pairs), labels)``."""
        encodings = self.tokenize(pairs)
        logits = np.zeros((len(pairs), self.metadata.labels), dtype=np.float32)
        ids = [encoding.ids for encoding in encodings]
        by_length = sorted(range(len(pairs)), key=lambda index: len(ids[index]))
        for batch in batches_by_length(by_length, ids):
            logits[batch] = self._logits_of_batch([encodings[index] for index in batch])
        return logits

    def tokenize(self, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
        """Tokenise normalised pairs, cut to `max_length`."""
        encodings: list[Encoding] = self._tokenizer.encode_batch(list(pairs))
        return encodings

    def _logits_of_batch(self, encodings: Sequence[Encoding]) -> Array:
        shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
        inputs = {name: np.zeros(shape, dtype=np.int64) for name in INPUTS}
        for row, encoding in enumerate(encodings):
            for name, values in zip(INPUTS, (encoding.ids, encoding.attention_mask, encoding.type_ids), strict=True):
                inputs[name][row, : len(values)] = values
        (logits,) = self._session.run(None, {name: inputs[name] for name in self._inputs})  # (pairs, labels)
        if logits.shape != (len(encodings), self.metadata.labels):
            raise EncoderError(
                _(
                    "the cross-encoder gives logits of shape {shape} for {count} pairs, and {file} says {labels} each; "
                    "export it again"
                ).format(
                    shape=logits.shape,
                    count=len(encodings),
                    file=self.metadata.FILE,
                    labels=self.metadata.labels,
                )
            )
        result: Array = logits
        return result
