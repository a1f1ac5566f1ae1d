"""Inner products in 8 bits that leave few rows to compare exactly, without losing one of the best.

Reading 20,000 vectors in single precision takes longer than encoding the question: 31 MB, more than most caches hold.
In 8 bits it takes a quarter of that, and processors multiply them faster. The error of each product has a bound, so
the rows that may be among the best are known for certain, and the exact products of these alone decide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Vectors
from faq_component.retrieval.greatest import kth_greatest
from faq_component.support.onnx_graph import FLOAT, UINT8, Node, Tensor, model_bytes

# Greatest levels; with more for the question, sums of two products overflow on processors without VNNI.
_POSTS, _QUESTION = 127, 63
_ROUNDING = 1e-4  # of single precision, and of the question's second digit


class Screen:
    """Finds the few rows that may be among the best of a question.

    Args:
        vectors: *Shape:* ``(n, dim)``, at least one.
    """

    def __init__(self, vectors: Vectors) -> None:
        import onnxruntime

        self._vectors = vectors
        scales = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(_POSTS)
        levels = np.rint(vectors / scales).astype(np.int8)
        rounded = levels * scales
        self._error = float(np.linalg.norm(vectors - rounded, axis=1).max())
        self._length = float(np.linalg.norm(rounded, axis=1).max())
        rows, dim = vectors.shape
        # Half a level of the second digit in each dimension, and what single precision rounds.
        self._rounding = float(np.sqrt(dim)) / (4 * _QUESTION) + _ROUNDING * _QUESTION * float(np.sqrt(dim))
        model = model_bytes(
            [
                Node("MatMulInteger", ["question", "posts", "zero"], "products", {}),
                Node("Cast", ["products"], "plain", {"to": FLOAT}),
                Node("Mul", ["plain", "scales"], "scores", {}),
            ],
            [Tensor("question", UINT8, [2, dim])],
            [Tensor("scores", FLOAT, [2, rows])],
            {
                "posts": np.ascontiguousarray(levels.T),
                "zero": np.array(_QUESTION + 1, dtype=np.uint8),
                "scales": scales[:, 0],
            },
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def candidates(self, query: Vectors, k: int, among: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
        """Return the rows, ascending, that may have one of the `k` greatest products with a query, and all that have.

        *Shape:* `query` ``(dim,)``, `among` ``(n,)``: whether a row counts; result ``(candidates,)``, at least `k`
        where so many count.
        """
        # A question has two digits: it is one row of few, so that this costs little, and leaves the posts' error alone.
        scale = np.float32(max(float(np.abs(query).max()), 1e-12) / _QUESTION)
        digits = np.empty((2, len(query)), dtype=np.float32)
        np.divide(query, scale, out=digits[1])
        np.rint(digits[1], out=digits[0])
        digits[1] = np.rint((digits[1] - digits[0]) * np.float32(2 * _QUESTION))
        scores = self._session.run(None, {"question": (digits + np.float32(_QUESTION + 1)).astype(np.uint8)})[0]
        products: Vectors = scores[0] + scores[1] * np.float32(1 / (2 * _QUESTION))
        if among is not None:
            products = np.where(among, products, -np.inf)
        # |q.x - q.x'| <= |q| |x - x'|
        error = float(np.sqrt(query @ query)) * self._error + self._length * float(scale) * self._rounding
        bound = kth_greatest(products, k) - np.float32(2 * error / float(scale))
        found = np.flatnonzero(products >= bound)
        return found if among is None else found[among[found]]
