"""Models that are serialised by hand: the package onnx reads them, and ONNX Runtime computes with them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime

from faq_component.support.onnx_graph import FLOAT, UINT8, Node, Tensor, model_bytes


def test_onnx_finds_it_valid_and_the_runtime_computes_what_numpy_does() -> None:
    draw = np.random.default_rng(0)
    weights = draw.integers(-127, 128, size=(300, 5)).astype(np.int8)
    scales = draw.random(5).astype(np.float32)
    content = model_bytes(
        [
            Node("MatMulInteger", ["x", "weights", "zero"], "product", {}),
            Node("Cast", ["product"], "plain", {"to": FLOAT}),
            Node("Mul", ["plain", "scales"], "y", {}),
        ],
        [Tensor("x", UINT8, [2, 300])],
        [Tensor("y", FLOAT, [2, 5])],
        {"weights": weights, "zero": np.array(64, dtype=np.uint8), "scales": scales},
    )
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    x = draw.integers(1, 128, size=(2, 300)).astype(np.uint8)
    (y,) = session.run(None, {"x": x})
    np.testing.assert_allclose(y, ((x.astype(np.int64) - 64) @ weights.astype(np.int64)) * scales, rtol=1e-6)
