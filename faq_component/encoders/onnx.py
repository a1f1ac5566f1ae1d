"""The default encoder: a BERT in ONNX with int8 weights, on ONNX Runtime and tokenizers alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support.model_metadata import MODEL, TOKENIZER

if TYPE_CHECKING:
    import onnxruntime

POSITIONS = "positions"  # key in the model's own metadata: the greatest number of tokens of a text
_BATCH_TOKENS = 2_048
_UNASSIGNED = "\U0010ffff"  # permanently unassigned, so in no vocabulary


class OnnxEncoder:
    """Encodes with the model of a folder that `faq encoder export` wrote.

    Args:
        folder: holds ``encoder.json``, ``model.onnx`` and ``tokenizer.json``; their checksums are verified.
        threads: of ONNX Runtime; 0 means one per processor, at most four, since more do not speed up short questions.
        unit_length: scale vectors to length 1, so that inner products are cosines; off for a model that was trained
            for the dot product.

    The graph takes ``input_ids`` and ``attention_mask``, both int64 ``(batch, tokens)``, and gives the last hidden
    states, float32 ``(batch, tokens, dim)``; pooling and normalisation happen here, so that one graph serves every
    pooling. Weights and activations are quantised in blocks along a row, so that the vector of a text does not depend
    on the other texts of the batch.

    Raises:
        EncoderError: the folder is not an encoder, a file is damaged, ONNX Runtime cannot read the model, or it has
            fewer positions than texts may have tokens.
    """

    def __init__(self, folder: str | Path, *, threads: int = 0, unit_length: bool = True) -> None:
        folder = Path(folder)
        metadata = EncoderMetadata.read(folder)
        self.dim = metadata.dim
        self.fingerprint = metadata.fingerprint if unit_length else f"{metadata.fingerprint}-dot"
        self._unit_length = unit_length
        self._metadata = metadata
        self._session = open_session(folder / MODEL, threads or min(os.cpu_count() or 1, 4))
        _check_max_length(folder, metadata.max_length, self._session)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(metadata.max_length)
        self._tokenizer.no_padding()
        self._unknown = {*self._tokenizer.encode(_UNASSIGNED, add_special_tokens=False).ids[-1:]}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, keeping their order; texts of similar length are encoded together.

        *Shape:* ``(len(texts), dim)``. Texts of more than the model's `max_length` tokens are cut.
        """
        if len(texts) == 1:  # as of a question: no threads of the tokenizer, no sorting
            return self._encode_batch([self._tokenizer.encode(self._metadata.prefix + texts[0]).ids])
        encodings = self._tokenizer.encode_batch([self._metadata.prefix + text for text in texts])
        token_ids = [encoding.ids for encoding in encodings]
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(token_ids[index]))
        for batch in batches_by_length(by_length, token_ids):
            vectors[batch] = self._encode_batch([token_ids[index] for index in batch])
        return vectors

    @property
    def positions(self) -> int | None:
        """Greatest number of tokens of a text in the model; None where its metadata lacks it."""
        return _positions(self._session)

    def reads(self, text: str) -> bool:
        """Whether the vocabulary has at least one letter or digit of a text, or all of its characters.

        The model maps emoji and scripts outside its vocabulary to the same unknown token.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        tokens = zip(encoding.tokens, encoding.ids, strict=True)
        known = [token for token, number in tokens if number not in self._unknown]
        return len(known) == len(encoding.ids) or any(map(str.isalnum, "".join(known)))

    def _encode_batch(self, token_ids: list[list[int]]) -> Vectors:
        width = max(map(len, token_ids))
        ids = np.zeros((len(token_ids), width), dtype=np.int64)
        mask = np.zeros((len(token_ids), width), dtype=np.int64)
        for row, tokens in enumerate(token_ids):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})  # (batch, tokens, dim)
        pooled = hidden[:, 0] if self._metadata.pooling == "cls" else mean_pool(hidden, mask)
        return unit_rows(pooled) if self._unit_length else pooled


def _positions(session: onnxruntime.InferenceSession) -> int | None:
    positions = session.get_modelmeta().custom_metadata_map.get(POSITIONS)
    return None if positions is None else int(positions)


def _check_max_length(folder: Path, max_length: int, session: onnxruntime.InferenceSession) -> None:
    positions = _positions(session)
    if positions is not None and max_length > positions:
        raise EncoderError(
            _(
                "{file}: max_length is {max_length}, but the model has {positions} positions; set it to {positions} or "
                "less, or export the encoder again with the max_length wanted"
            ).format(file=folder / EncoderMetadata.FILE, max_length=max_length, positions=positions)
        )


def mean_pool(hidden: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    """Mean of the hidden states of real tokens.

    *Shape:* hidden ``(batch, tokens, dim)``, mask ``(batch, tokens)``, result ``(batch, dim)``.
    """
    weights = mask.astype(np.float32)[:, :, None]
    pooled: Vectors = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    return pooled


def unit_rows(vectors: Vectors) -> Vectors:
    """Scale rows to length 1. *Shape:* ``(n, dim)``."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def batches_by_length(by_length: list[int], token_ids: list[list[int]]) -> list[list[int]]:
    """Split texts, shortest first, into batches of at most 2,048 tokens including padding."""
    batches: list[list[int]] = []
    for index in by_length:
        if batches and len(token_ids[index]) * (len(batches[-1]) + 1) <= _BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def open_session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open a CPU session with `threads` threads; raises `EncoderError` where the model cannot be read."""
    import onnxruntime  # imported here: a process that asks a service does not need it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A server is idle most of the time: its threads should sleep between messages, not spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions have no common base of their own
        reason = " ".join(str(error).split())
        raise EncoderError(
            _("{model} cannot be read by ONNX Runtime {version}: {reason}").format(
                model=model, version=onnxruntime.__version__, reason=reason
            )
        ) from error
