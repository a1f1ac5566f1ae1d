"""A BERT in int8: the bounds of its numbers, and the vectors that ONNX Runtime makes of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from faq_component.encoders import OnnxEncoder
from faq_component.errors import EncoderError
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint
from faq_component.training.int8.bert_graph import Range, channel_factors, quantize_columns
from faq_component.training.probes import PROBES
from tests.tiny_bert import make_tiny_bert

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch is not installed; install the extra 'train'"
)
matrices = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-100, 100, width=32, allow_subnormal=False),
)


@given(matrices)
def test_no_two_neighbours_of_a_column_can_overflow_sixteen_bits(matrix: npt.NDArray[np.float32]) -> None:
    values, scales = quantize_columns(matrix)
    for sign in (1, -1):
        of_sign = np.maximum(sign * values.astype(int), 0)
        for first in range(0, len(values), 2):
            assert (255 * of_sign[first : first + 2].sum(axis=0) < 2**15).all()
    assert (np.abs(values * scales - matrix) <= 0.5001 * scales).all()


@given(arrays(np.float32, (2, 7), elements=st.floats(0, 1000, width=32, allow_subnormal=False)))
def test_the_largest_quotient_is_127(largest: npt.NDArray[np.float32]) -> None:
    factors = channel_factors(*largest)
    quotients = np.maximum(largest[0], 1e-5) / factors
    assert quotients.max() == pytest.approx(127, rel=1e-4)


def test_a_range_takes_in_tokens_of_any_size() -> None:
    known = Range(np.zeros(1, np.float32))
    known.add(np.array([[2.0, -0.1], [10.0, -5.0]], np.float32))
    known.add(np.array([[0.5, -0.1]], np.float32))
    np.testing.assert_array_equal(known.largest, [10.0, 5.0])
    assert (known.least_peak, known.lowest) == (0.5, -0.5)


@needs_torch
@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_vectors_are_near_and_do_not_depend_on_the_batch(tmp_path: Path, activation: str) -> None:
    from faq_component.training.export.export_encoder import export_encoder

    folder = make_tiny_bert(tmp_path / "tiny", activation=activation)
    assert export_encoder(str(folder), tmp_path / "encoder").mean_cosine > 0.998
    encoder = OnnxEncoder(tmp_path / "encoder")
    together = encoder.encode(PROBES)
    alone = np.concatenate([encoder.encode([text]) for text in PROBES])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    own = embed(load_checkpoint(str(folder)), PROBES, prefix="")
    assert ((together * own).sum(axis=1) > 0.995).all()  # weights at random are harder to round than trained ones


@needs_torch
def test_other_activation_functions_are_refused(tmp_path: Path) -> None:
    from faq_component.training.export.export_encoder import export_encoder

    folder = make_tiny_bert(tmp_path / "tiny", activation="silu")
    with pytest.raises(EncoderError, match="activation function is silu; only gelu, gelu_new, relu can be exported"):
        export_encoder(str(folder), tmp_path / "encoder")
    assert not (tmp_path / "encoder").exists()
