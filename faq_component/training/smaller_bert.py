"""Cut a BERT to what an encoder needs: its first layers, and the positions that its texts can have."""

from __future__ import annotations

from typing import Any

from faq_component.errors import EncoderError

STEP = 128


def keep_layers(model: Any, layers: int) -> None:
    """Drop all but the first layers of a BertModel.

    Raises:
        EncoderError: the model has fewer layers, or none is to be kept.
    """
    count = model.config.num_hidden_layers
    if not 1 <= layers <= count:
        raise EncoderError(f"layers is {layers}; the checkpoint has {count}, so it must be between 1 and {count}")
    model.encoder.layer = model.encoder.layer[:layers]
    model.config.num_hidden_layers = layers


def keep_positions(model: Any, max_length: int, positions: int | None = None) -> None:
    """Keep the first rows of a BertModel's position table, by default `max_length` rounded up to a multiple of 128.

    Raises:
        EncoderError: the table has fewer rows than `max_length` or `positions`, or `positions` is under `max_length`.
    """
    import torch

    embeddings = model.embeddings
    count = model.config.max_position_embeddings
    if not 1 <= max_length <= count:
        raise EncoderError(
            f"max_length is {max_length}; the checkpoint has {count} positions, so it must be between 1 and {count}"
        )
    if positions is None:
        positions = min(count, -(-max_length // STEP) * STEP)
    if not max_length <= positions <= count:
        raise EncoderError(
            f"positions is {positions}; it must be between max_length, {max_length}, and the checkpoint's {count}"
        )
    rows = embeddings.position_embeddings.weight.detach()[:positions].clone()
    embeddings.position_embeddings = torch.nn.Embedding.from_pretrained(rows, freeze=False)
    embeddings.position_ids = embeddings.position_ids[:, :positions]
    model.config.max_position_embeddings = positions
