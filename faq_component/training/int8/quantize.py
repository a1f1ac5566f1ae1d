"""Quantise the weights of any ONNX graph with a BERT in it, such as a cross-encoder's, to int8.

Each block of 64 weights has a scale, and ONNX Runtime's MatMulNBits quantises activations in blocks too (accuracy level
4: integer arithmetic, with VNNI, AVX2 and NEON kernels that do not saturate). The graph of an encoder (bert_graph.py)
uses kernels that are twice as fast.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import MissingExtraError

BLOCK_SIZE = 64
_INTEGER_ARITHMETIC = 4


def quantize(source: Path, target: Path, properties: Mapping[str, str] | None = None) -> None:
    """Fuse the graph's layer norms and activations, and store matrices and the embedding table as int8.

    `properties` are entries of the model's metadata, which ONNX Runtime can read.

    Raises:
        MissingExtraError: a package that ONNX Runtime's quantiser needs is not installed.
    """
    import onnx

    with _quiet():
        model = _quantize_matrices(source)
    _quantize_embeddings(model.graph)
    onnx.helper.set_model_props(model, dict(properties or {}))
    onnx.save(model, str(target))


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the logs of optimizer and quantiser, and the handler that the quantiser adds to the root logger."""
    root = logging.getLogger()
    handlers, level, disabled = root.handlers[:], root.level, root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        root.handlers[:] = handlers
        root.setLevel(level)


def _quantize_matrices(source: Path) -> Any:
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    try:
        from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
    except ImportError as error:  # newer releases of ONNX Runtime need onnx-ir for it
        raise MissingExtraError(str(error.name), "train") from error

    options = FusionOptions("bert")
    # Fused, these two keep their matrices and tables in float32. Whether the optimizer fuses them depends on how a
    # release of transformers writes its reshapes.
    options.enable_attention = False
    options.enable_embed_layer_norm = False
    fused = optimize_model(str(source), model_type="bert", opt_level=0, optimization_options=options).model
    config = DefaultWeightOnlyQuantConfig(
        block_size=BLOCK_SIZE, is_symmetric=True, accuracy_level=_INTEGER_ARITHMETIC, bits=8
    )
    quantizer = MatMulNBitsQuantizer(fused, algo_config=config)
    quantizer.process()
    return quantizer.model.model


def _quantize_embeddings(graph: Any) -> None:
    """Replace the look-up in the largest table by look-ups of int8 rows and their scales, multiplied.

    The operators are standard: Gather, Cast, Mul.
    """
    from onnx import TensorProto, helper, numpy_helper

    tables = {tensor.name: tensor for tensor in graph.initializer}
    gathers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables]
    gather = max(gathers, key=lambda node: int(np.prod(tables[node.input[0]].dims)))
    table = tables[gather.input[0]]
    rows, scales = quantize_rows(numpy_helper.to_array(table))
    name, ids, output = table.name, gather.input[1], gather.output[0]
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(rows, f"{name}_int8"), numpy_helper.from_array(scales, f"{name}_scale")]
    )
    position = list(graph.node).index(gather)
    graph.node.remove(gather)
    replacement = [
        helper.make_node("Gather", [f"{name}_int8", ids], [f"{output}_int8"], axis=0),
        helper.make_node("Cast", [f"{output}_int8"], [f"{output}_float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{name}_scale", ids], [f"{output}_scale"], axis=0),
        helper.make_node("Mul", [f"{output}_float", f"{output}_scale"], [output]),
    ]
    for offset, node in enumerate(replacement):
        graph.node.insert(position + offset, node)


def quantize_rows(table: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Quantise each row symmetrically to int8; ``rows * scales`` approximates the table.

    *Shape:* table and rows ``(n, dim)``, scales ``(n, 1)``.
    """
    scales = np.abs(table).max(axis=1, keepdims=True) / 127.0
    scales[scales == 0] = 1.0
    rows = np.rint(table / scales).astype(np.int8)
    return rows, scales.astype(np.float32)
