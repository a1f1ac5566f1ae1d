"""Small ONNX models, serialised without the package onnx, which running a model does not need.

The field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FLOAT, UINT8, INT8 = 1, 2, 3  # TensorProto.DataType
_TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.uint8): UINT8, np.dtype(np.int8): INT8}
_IR_VERSION, _OPSET = 8, 17
_INT = 2  # AttributeProto.AttributeType


@dataclass(frozen=True)
class Node:
    """An operator of the standard set, with the names of its inputs and of its only output."""

    operator: str
    inputs: Sequence[str]
    output: str
    integers: Mapping[str, int]


@dataclass(frozen=True)
class Tensor:
    """Name, type and shape of an input or output."""

    name: str
    type: int
    shape: Sequence[int]


def model_bytes(
    nodes: Sequence[Node], inputs: Sequence[Tensor], outputs: Sequence[Tensor], constants: Mapping[str, Array]
) -> bytes:
    """Serialise a model. Constants are float32, uint8 or int8."""
    graph = b"".join(
        [
            *(_part(1, _node(node)) for node in nodes),
            _text(2, "graph"),
            *(_part(5, _constant(name, array)) for name, array in constants.items()),
            *(_part(11, _value(tensor)) for tensor in inputs),
            *(_part(12, _value(tensor)) for tensor in outputs),
        ]
    )
    return _number(1, _IR_VERSION) + _part(7, graph) + _part(8, _number(2, _OPSET))


def _node(node: Node) -> bytes:
    names = b"".join(_text(1, name) for name in node.inputs)
    attributes = b"".join(
        _part(5, _text(1, name) + _number(3, value) + _number(20, _INT)) for name, value in node.integers.items()
    )
    return names + _text(2, node.output) + _text(4, node.operator) + attributes


def _constant(name: str, array: Array) -> bytes:
    shape = b"".join(_number(1, size) for size in array.shape)
    return shape + _number(2, _TYPES[array.dtype]) + _text(8, name) + _part(9, array.tobytes())


def _value(tensor: Tensor) -> bytes:
    shape = b"".join(_part(1, _number(1, size)) for size in tensor.shape)
    return _text(1, tensor.name) + _part(2, _part(1, _number(1, tensor.type) + _part(2, shape)))


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    """Encode a number that is not negative, seven bits a byte."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
