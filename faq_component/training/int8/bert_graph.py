"""Write a BERT as an ONNX graph with 8-bit weights and activations, and read it back.

Why not `onnxruntime.quantization`: docs/project/decisions/0003-int8-graph-of-its-own.md. Four measures keep the vectors
exact and independent of the batch:

- The input of a matrix is divided by a factor per channel, and the weights are multiplied by it, so that a few channels
  with large values do not set the scale for all (SmoothQuant, Xiao et al. 2023, equation 4).
- The scale is calibrated once, on sentences, instead of computed from each batch.
- After the activation function, single tokens have values a hundred times as large as others. There each token is
  divided by its own largest value, and the product is multiplied by it again.
- Instruction sets without VNNI add two neighbouring products in 16 bits. The scales of the columns keep this sum from
  overflowing, so results are the same on every processor.

Tensors have the names of transformers' parameters, by which `read_bert` finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import EncoderError
from faq_component.language import _, listed
from faq_component.training.int8.quantize import quantize_rows

Array = npt.NDArray[np.float32]

SMOOTHING = 0.75  # alpha of equation 4: how much of a channel's range moves to the weights
_MIDDLE = 128  # zero point of an activation in uint8
_LARGEST = 127  # largest weight in int8
_MOST_OF_PAIR = 128.0  # bound on the sum of two neighbouring weights of one sign: times 255 it is below 2 ** 15
_LEAST = 1e-5
_ACTIVATIONS = {"gelu": "BiasGelu", "gelu_new": "FastGelu", "relu": "Relu"}
_OPSET = 17
_MICROSOFT = "com.microsoft"

_INPUTS = ("input_ids", "attention_mask")
_QUERY_KEY_VALUE = tuple(f"attention.self.{role}" for role in ("query", "key", "value"))
_ATTENTION = "attention.self"
_CONTEXT, _INTERMEDIATE, _OUTPUT = "attention.output", "intermediate", "output"
# The submodule whose input is that of the matrix.
_READERS = {_ATTENTION: "query", _CONTEXT: "dense", _INTERMEDIATE: "dense", _OUTPUT: "dense"}


@dataclass(frozen=True)
class BertWeights:
    """Parameters by transformers' names, and the part of the configuration that their shapes do not give."""

    parameters: dict[str, Array]
    layers: int
    heads: int
    activation: str
    epsilon: float


@dataclass
class Range:
    """Range of the input of a matrix over all tokens of the calibration.

    Args:
        largest: largest absolute value of each channel. *Shape:* ``(in,)``.
        least_peak: smallest of the tokens' largest values.
        lowest: smallest ratio of a token's value to its largest one.
    """

    largest: Array
    least_peak: float = float("inf")
    lowest: float = 0.0

    def add(self, values: Array) -> None:
        """Extend the range by more tokens. *Shape:* ``(tokens, in)``."""
        peaks = np.maximum(values.max(axis=1), 1e-3)
        self.largest = np.maximum(self.largest, np.abs(values).max(axis=0))
        self.least_peak = min(self.least_peak, float(peaks.min()))
        self.lowest = min(self.lowest, float((values.min(axis=1) / peaks).min()))


def calibrate(model: Any, texts: Iterable[Any]) -> dict[str, Range]:
    """Measure the range of the input of each matrix of a PyTorch BERT, by the matrix's name.

    Args:
        model: the `BertModel`.
        texts: token ids of one text each. *Shape:* ``(1, tokens)``.
    """
    import torch

    ranges: dict[str, Range] = {}
    handles = []
    for layer in range(model.config.num_hidden_layers):
        for part, first in _READERS.items():
            name = f"encoder.layer.{layer}.{part}"
            ranges[name] = Range(np.zeros(1, np.float32))

            def look(_module: Any, inputs: Sequence[Any], to: Range = ranges[name]) -> None:
                to.add(inputs[0].reshape(-1, inputs[0].shape[-1]).numpy())

            handles.append(model.get_submodule(f"{name}.{first}").register_forward_pre_hook(look))
    with torch.inference_mode():
        for ids in texts:
            model(input_ids=ids)
    for handle in handles:
        handle.remove()
    return ranges


def write_bert(model: Any, ranges: Mapping[str, Range], file: Path, properties: Mapping[str, str]) -> None:
    """Write a PyTorch BERT as a graph from ``input_ids`` and ``attention_mask`` to ``hidden``.

    Args:
        model: the `BertModel`.
        ranges: result of `calibrate`.
        file: the ONNX file.
        properties: entries of its metadata, which ONNX Runtime can read.

    Raises:
        EncoderError: the activation function is not gelu, gelu_new or relu.
    """
    import onnx
    from onnx import TensorProto, helper

    config = model.config
    if config.hidden_act not in _ACTIVATIONS:
        message = _("the activation function is {name}; only {known} can be exported")
        raise EncoderError(message.format(name=config.hidden_act, known=listed(_ACTIVATIONS)))
    parameters = {name: values.detach().float().numpy() for name, values in model.state_dict().items()}
    shape = config.num_hidden_layers, config.num_attention_heads, config.hidden_act, config.layer_norm_eps
    writer = _Writer(BertWeights(parameters, *shape), ranges)
    writer.write()
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in _INPUTS]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", "tokens", config.hidden_size])
    graph = helper.make_graph(writer.nodes, "bert", inputs, [output], writer.constants)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="faq_component")
    helper.set_model_props(made, dict(properties))
    onnx.save(made, str(file))


@dataclass(frozen=True)
class _Quantised:
    """An activation in uint8: names of its values, scale and zero point, and its divisor.

    The divisor is a factor per channel, or the named factor per token.
    """

    values: str
    scale: str
    zero: str
    channels: Array | None = None
    tokens: str = ""


class _Writer:
    """Collects the nodes and constants of a graph."""

    def __init__(self, bert: BertWeights, ranges: Mapping[str, Range]) -> None:
        self.bert, self.ranges = bert, ranges
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def write(self) -> None:
        """Add all nodes and constants."""
        from onnx import TensorProto

        self.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        self.constant("one", np.float32(1.0))
        self.constant("middle", np.uint8(_MIDDLE))
        hidden = self.embeddings()
        for layer in range(self.bert.layers):
            hidden = self.layer(f"encoder.layer.{layer}", hidden, last=layer == self.bert.layers - 1)

    def embeddings(self) -> str:
        """Add the embeddings: int8 rows with a scale each, summed and normalised."""
        from onnx import TensorProto

        at = "embeddings.word_embeddings.weight"
        rows, scales = quantize_rows(self.parameter(at))
        self.node("Gather", [self.constant(at, rows), "input_ids"], f"{at}.rows", axis=0)
        self.node("Cast", [f"{at}.rows"], f"{at}.float", to=TensorProto.FLOAT)
        self.node("Gather", [self.constant(f"{at}.scale", scales), "input_ids"], f"{at}.scales", axis=0)
        words = self.node("Mul", [f"{at}.float", f"{at}.scales"], "words")
        first = self.constant("first", np.array([0], np.int64))
        count = self.node("Shape", ["input_ids"], "count", start=1, end=2)
        positions = self.node("Slice", [self.kept("embeddings.position_embeddings.weight"), first, count], "positions")
        kind = self.node("Gather", [self.kept("embeddings.token_type_embeddings.weight"), first], "kind", axis=0)
        places = self.node("Add", [positions, kind], "places")
        summed = self.node("Add", [words, places], "summed")
        norm = [self.kept(f"embeddings.LayerNorm.{name}") for name in ("weight", "bias")]
        return self.node("LayerNormalization", [summed, *norm], "embedded", axis=-1, epsilon=self.bert.epsilon)

    def layer(self, at: str, hidden: str, last: bool) -> str:
        """Add attention and the two dense layers after it; return the name of the hidden states."""
        joined = np.concatenate([self.parameter(f"{at}.{name}.weight") for name in _QUERY_KEY_VALUE])
        bias = np.concatenate([self.parameter(f"{at}.{name}.bias") for name in _QUERY_KEY_VALUE])
        name = f"{at}.{_ATTENTION}"
        taken = self.quantised(name, hidden, joined)
        weight, scale, zero = self.matrix(name, joined, taken)
        inputs = [taken.values, weight, self.constant(f"{name}.bias", bias), taken.scale, scale, "mask", taken.zero]
        context = self.node("QAttention", [*inputs, zero], f"{name}.mixed", _MICROSOFT, num_heads=self.bert.heads)
        attended = self.skip_norm(f"{at}.{_CONTEXT}", self.dense(f"{at}.{_CONTEXT}", context), hidden)
        inner = self.dense(f"{at}.{_INTERMEDIATE}", attended)
        active = self.activation(f"{at}.{_INTERMEDIATE}", inner)
        outer = self.dense(f"{at}.{_OUTPUT}", active, by_token=True)
        return self.skip_norm(f"{at}.{_OUTPUT}", outer, attended, "hidden" if last else "")

    def dense(self, name: str, values: str, by_token: bool = False) -> str:
        """Add the product with a matrix, without its bias."""
        weights = self.parameter(f"{name}.dense.weight")
        taken = self.scaled_by_token(name, values) if by_token else self.quantised(name, values, weights)
        weight, scale, zero = self.matrix(name, weights, taken)
        inputs = [taken.values, weight, taken.scale, scale, taken.zero, zero]
        product = self.node("MatMulIntegerToFloat", inputs, f"{name}.product", _MICROSOFT)
        return self.node("Mul", [product, taken.tokens], f"{name}.rescaled") if taken.tokens else product

    def activation(self, name: str, values: str) -> str:
        """Add the activation function of a product and its bias."""
        kind = _ACTIVATIONS[self.bert.activation]
        inputs = [values, self.kept(f"{name}.dense.bias")]
        if kind != "Relu":
            return self.node(kind, inputs, f"{name}.active", _MICROSOFT)
        return self.node(kind, [self.node("Add", inputs, f"{name}.biased")], f"{name}.active")

    def skip_norm(self, name: str, values: str, skipped: str, output: str = "") -> str:
        """Add the layer norm of a product, its bias and the residual `skipped`."""
        norm = [self.kept(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
        inputs = [values, skipped, *norm, self.kept(f"{name}.dense.bias")]
        output = output or f"{name}.normed"
        return self.node("SkipLayerNormalization", inputs, output, _MICROSOFT, epsilon=self.bert.epsilon)

    def quantised(self, name: str, values: str, weights: Array) -> _Quantised:
        """Add the quantisation of an activation by a factor per channel; the scale is 1."""
        channels = channel_factors(self.ranges[name].largest, np.abs(weights).max(axis=0))
        divided = self.node("Mul", [values, self.constant(f"{name}.divisor", 1 / channels)], f"{name}.divided")
        self.node("QuantizeLinear", [divided, "one", "middle"], f"{name}.int8")
        return _Quantised(f"{name}.int8", "one", "middle", channels)

    def scaled_by_token(self, name: str, values: str) -> _Quantised:
        """Add the quantisation of an activation whose tokens are divided by their own largest value."""
        known = self.ranges[name]
        scale = (1.0 - known.lowest) / 255
        largest = self.node("ReduceMax", [values], f"{name}.largest", axes=[-1], keepdims=1)
        least = self.constant(f"{name}.least_peak", np.float32(known.least_peak))
        tokens = self.node("Max", [largest, least], f"{name}.peak")
        divided = self.node("Div", [values, tokens], f"{name}.divided")
        names = (
            self.constant(f"{name}.step", np.float32(scale)),
            self.constant(f"{name}.zero", np.uint8(round(-known.lowest / scale))),
        )
        self.node("QuantizeLinear", [divided, *names], f"{name}.int8")
        return _Quantised(f"{name}.int8", *names, tokens=tokens)

    def matrix(self, name: str, weights: Array, taken: _Quantised) -> tuple[str, str, str]:
        """Add an int8 matrix; return its name and those of its scales and zeros. *Shape:* weights ``(out, in)``."""
        columns = weights.T if taken.channels is None else weights.T * taken.channels[:, None]
        values, scales = quantize_columns(columns)
        zeros = self.constant(f"{name}.zeros", np.zeros(len(scales), np.int8))
        return self.constant(f"{name}.weight", values), self.constant(f"{name}.scale", scales), zeros

    def parameter(self, name: str) -> Array:
        return self.bert.parameters[name]

    def kept(self, name: str) -> str:
        """Add a parameter as a float32 constant."""
        return self.constant(name, self.parameter(name))

    def constant(self, name: str, values: Any) -> str:
        """Add a constant; return its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; return the output's name."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output


def channel_factors(activations: Array, weights: Array) -> Array:
    """Compute the divisor of each channel of an activation, such that the largest quotient is 127.

    It is SmoothQuant's factor (equation 4) with `SMOOTHING` as alpha, times one number for all channels.

    Args:
        activations: the largest absolute value of each channel. *Shape:* ``(in,)``.
        weights: the largest absolute weight of each channel. *Shape:* ``(in,)``.
    """
    activations, weights = np.maximum(activations, _LEAST), np.maximum(weights, _LEAST)
    factors = activations**SMOOTHING / weights ** (1 - SMOOTHING)
    scaled: Array = (factors * (activations / factors).max() / _LARGEST).astype(np.float32)
    return scaled


def quantize_columns(matrix: Array) -> tuple[npt.NDArray[np.int8], Array]:
    """Quantise each column symmetrically to int8; no two neighbours of one sign in a column sum to more than 128.

    *Shape:* matrix and result ``(in, out)``, scales ``(out,)``.
    """
    even = np.concatenate([matrix, np.zeros((len(matrix) % 2, matrix.shape[1]), np.float32)])
    pairs = even.reshape(-1, 2, matrix.shape[1])
    sums = [np.maximum(sign * pairs, 0).sum(axis=1).max(axis=0) for sign in (1, -1)]
    # One less than the bound: rounding adds up to half a step to each of the two.
    scales = np.maximum(np.maximum(*sums) / (_MOST_OF_PAIR - 1), np.abs(matrix).max(axis=0) / _LARGEST)
    scales[scales == 0] = 1.0
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def read_bert(file: Path) -> BertWeights:
    """Read a graph of `write_bert` as float32 parameters; matrices are ``(out, in)``, as in torch.

    Raises:
        EncoderError: the file is not ONNX, or not written by `faq encoder export` of this release.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return _read(onnx.load(str(file)).graph)
    except (DecodeError, KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        message = _(
            "{file} has no graph that `faq encoder export` writes ({error}); import the checkpoint that it was made "
            "from"
        )
        raise EncoderError(message.format(file=file, error=f"{type(error).__name__}: {error}")) from error


def _read(graph: Any) -> BertWeights:
    from onnx import numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = {node.op_type: node for node in graph.node}
    layers = sum(node.op_type == "QAttention" for node in graph.node)
    parameters = {
        name: np.array(values) for name, values in constants.items() if "LayerNorm" in name or "dense.bias" in name
    }
    for kind in ("position", "token_type"):
        parameters[f"embeddings.{kind}_embeddings.weight"] = constants[f"embeddings.{kind}_embeddings.weight"].copy()
    words = "embeddings.word_embeddings.weight"
    parameters[words] = constants[words] * constants[f"{words}.scale"]

    def matrix(name: str) -> Array:
        columns = constants[f"{name}.weight"] * constants[f"{name}.scale"]
        divisor = constants.get(f"{name}.divisor")
        whole = columns if divisor is None else columns * divisor[:, None]
        return np.ascontiguousarray(whole.T, dtype=np.float32)

    for layer in range(layers):
        at = f"encoder.layer.{layer}"
        for name in (_CONTEXT, _INTERMEDIATE, _OUTPUT):
            parameters[f"{at}.{name}.dense.weight"] = matrix(f"{at}.{name}")
        weights = np.split(matrix(f"{at}.{_ATTENTION}"), 3)
        biases = np.split(constants[f"{at}.{_ATTENTION}.bias"], 3)
        for name, weight, bias in zip(_QUERY_KEY_VALUE, weights, biases, strict=True):
            parameters |= {f"{at}.{name}.weight": weight.copy(), f"{at}.{name}.bias": bias.copy()}
    activation = next(name for name, kind in _ACTIVATIONS.items() if kind in nodes)
    heads = next(each.i for each in nodes["QAttention"].attribute if each.name == "num_heads")
    epsilon = next(each.f for each in nodes["LayerNormalization"].attribute if each.name == "epsilon")
    # The graph holds epsilon as a float32: 1e-12 has lost digits.
    return BertWeights(parameters, layers, heads, activation, epsilon=float(f"{epsilon:.6g}"))
