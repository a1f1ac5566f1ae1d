"""The weights and the shape of a BERT, read back from the ONNX graph that an export wrote.

Names of tensors are not followed: the exporter gives matrices numbers, and stores equal vectors once, under the name of
one of them. The order of the nodes tells norms and dense layers apart, for each needs the one before it; query, key and
value stand side by side, and are known by where they meet: softmax(query x key) x value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import EncoderError

Array = npt.NDArray[np.float32]

_ZERO_POINT = 128  # MatMulNBits stores symmetric int8 as uint8
_NORMS = ("LayerNormalization", "SkipLayerNormalization")
_ACTIVATIONS = {"BiasGelu": "gelu", "Gelu": "gelu", "FastGelu": "gelu_new", "Relu": "relu"}
_DENSE = ("attention.output.dense", "intermediate.dense", "output.dense")


@dataclass(frozen=True)
class BertWeights:
    """Parameters by the names transformers gives them, and what their shapes do not tell."""

    parameters: dict[str, Array]
    layers: int
    heads: int
    activation: str
    epsilon: float


def read_weights(file: Path) -> BertWeights:
    """Read the parameters of a BERT in float32, matrices ``(out, in)`` as torch has them.

    Raises:
        EncoderError: the file is not ONNX, or its graph is not one that `faq encoder export` writes.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return _read(_Graph(onnx.load(str(file)).graph))
    except (DecodeError, KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise EncoderError(
            f"{file} has no graph that `faq encoder export` writes ({type(error).__name__}: {error}); import the "
            f"checkpoint that it was made from"
        ) from error


class _Graph:
    """A graph with its constants, and who makes and who takes each value."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self.nodes = list(graph.node)
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.inputs = {value.name for value in graph.input}
        self.maker: dict[str, Any] = {}
        self.takers: dict[str, list[Any]] = defaultdict(list)
        for node in self.nodes:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(_attributes(node)["value"])
            for name in node.output:
                self.maker[name] = node
            for name in node.input:
                self.takers[name].append(node)

    def is_matrix(self, node: Any) -> bool:
        """Whether the node multiplies by a stored matrix."""
        return node.op_type == "MatMulNBits" or (node.op_type == "MatMul" and node.input[1] in self.constants)

    def next(self, node: Any) -> Any:
        """The first node that takes this one's output."""
        return self.takers[node.output[0]][0]

    def above(self, name: str, wanted: Callable[[Any], bool]) -> Any:
        """The nearest node of a kind from which a value comes, through scaling, biases, masks and reshapes."""
        node = self.maker[name]
        while not wanted(node):
            node = self.maker[next(name for name in node.input if name not in self.constants)]
        return node

    def matrix(self, node: Any) -> Array:
        """The stored matrix, from blocks of int8 along its rows where it is quantised. *Shape:* ``(out, in)``."""
        weights = self.constants[node.input[1]]
        if node.op_type == "MatMul":
            return np.ascontiguousarray(weights.T, dtype=np.float32)
        shape = _attributes(node)
        rows, columns = shape["N"], shape["K"]
        if shape["bits"] != 8 or len(node.input) > 3:
            raise ValueError(f"{node.name} is not symmetric int8")
        blocks = weights.reshape(rows, -1, shape["block_size"]).astype(np.float32) - _ZERO_POINT
        scaled = blocks * self.constants[node.input[2]].reshape(rows, -1, 1)
        return np.ascontiguousarray(scaled.reshape(rows, -1)[:, :columns], dtype=np.float32)

    def bias(self, node: Any) -> Array:
        """The vector that is added after a matrix, by itself or as part of a fused node. *Shape:* ``(out,)``."""
        after = self.next(node)
        if after.op_type == "SkipLayerNormalization":
            return self.vector(after.input[4])
        return self.vector(next(name for name in after.input if name in self.constants))

    def vector(self, name: str) -> Array:
        """A copy of a constant."""
        return np.array(self.constants[name], dtype=np.float32)


def _read(graph: _Graph) -> BertWeights:
    norms = [node for node in graph.nodes if node.op_type in _NORMS]
    softmaxes = [node for node in graph.nodes if node.op_type == "Softmax"]
    tables = _tables(graph)
    attention = [_query_key_value(graph, softmax) for softmax in softmaxes]
    side_by_side = {node.output[0] for nodes in attention for node in nodes.values()}
    dense = [node for node in graph.nodes if graph.is_matrix(node) and node.output[0] not in side_by_side]
    found = (len(tables), len(norms) - 1, len(dense))
    if not softmaxes or found != (3, 2 * len(softmaxes), 3 * len(softmaxes)):
        raise ValueError("{} tables, {} norms and {} dense layers beside {} attentions".format(*found, len(softmaxes)))
    parameters = tables | _norm(graph, norms[0], "embeddings.LayerNorm")
    for layer, nodes in enumerate(attention):
        at = f"encoder.layer.{layer}"
        for name, node in {**nodes, **dict(zip(_DENSE, dense[3 * layer :], strict=False))}.items():
            parameters[f"{at}.{name}.weight"] = graph.matrix(node)
            parameters[f"{at}.{name}.bias"] = graph.bias(node)
        parameters |= _norm(graph, norms[2 * layer + 1], f"{at}.attention.output.LayerNorm")
        parameters |= _norm(graph, norms[2 * layer + 2], f"{at}.output.LayerNorm")
    return BertWeights(
        parameters,
        layers=len(softmaxes),
        heads=_heads(graph, attention[0]["attention.self.query"]),
        activation=_activation(graph, dense[1]),
        epsilon=float(f"{_attributes(norms[0])['epsilon']:.6g}"),  # 1e-12 became a float32 on its way
    )


def _tables(graph: _Graph) -> dict[str, Array]:
    """The embedding tables, known by what they are looked up with: the tokens, zeros, or a count."""
    tables = {}
    for node in graph.nodes:
        table = graph.constants.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.ndim != 2 or table.shape[1] == 1:  # not a table, or the scales of one
            continue
        if table.dtype == np.int8:
            cast = graph.next(node)
            product = graph.next(cast)
            scale = next(name for name in product.input if name != cast.output[0])
            table = table * graph.constants[graph.maker[scale].input[0]]
        ids = node.input[1]
        if ids in graph.inputs:
            name = "word"
        else:
            name = "token_type" if graph.maker[ids].op_type == "ConstantOfShape" else "position"
        tables[f"embeddings.{name}_embeddings.weight"] = np.array(table, dtype=np.float32)
    return tables


def _norm(graph: _Graph, node: Any, name: str) -> dict[str, Array]:
    first = 1 if node.op_type == "LayerNormalization" else 2  # a skip norm takes two summands
    weight, bias = node.input[first : first + 2]
    return {f"{name}.weight": graph.vector(weight), f"{name}.bias": graph.vector(bias)}


def _query_key_value(graph: _Graph, softmax: Any) -> dict[str, Any]:
    scores = graph.above(softmax.input[0], lambda node: node.op_type == "MatMul")
    mixed = graph.next(softmax)
    names = {"query": scores.input[0], "key": scores.input[1], "value": mixed.input[1]}
    return {f"attention.self.{role}": graph.above(name, graph.is_matrix) for role, name in names.items()}


def _heads(graph: _Graph, query: Any) -> int:
    """The query is reshaped to ``(batch, tokens, heads, width)``, of which the width is always a constant."""
    reshape = graph.next(graph.next(query))
    shape = graph.constants.get(reshape.input[1])
    width = shape if shape is not None else graph.constants[graph.maker[reshape.input[1]].input[-1]]
    return len(graph.bias(query)) // int(width.reshape(-1)[-1])


def _activation(graph: _Graph, intermediate: Any) -> str:
    node = graph.next(intermediate)
    return _ACTIVATIONS[(graph.next(node) if node.op_type == "Add" else node).op_type]


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
