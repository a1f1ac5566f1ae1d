"""Cut a BERT to what an encoder needs: its first layers, and the positions that its texts can have."""

from __future__ import annotations

from typing import Any

from faq_component.errors import EncoderError

STEP = 128


def keep_layers(model: Any, layers: int, which: str = "first") -> None:
    """Drop all but so many layers of a BertModel: the first, or evenly spaced ones that include the last.

    Raises:
        EncoderError: it has fewer, or none is to be kept.
    """
    kept = chosen_layers(model.config.num_hidden_layers, layers, which)
    model.encoder.layer = type(model.encoder.layer)(model.encoder.layer[index] for index in kept)
    model.config.num_hidden_layers = layers


def chosen_layers(count: int, layers: int, which: str) -> list[int]:
    """Which of `count` layers are kept: ``first`` 6 of 12 are 0 to 5, ``even`` are 1, 3, 5, 7, 9 and 11.

    Raises:
        EncoderError: `layers` is not between 1 and `count`.
    """
    if not 1 <= layers <= count:
        raise EncoderError(f"layers is {layers}; the base has {count}, so it must be between 1 and {count}")
    if which == "first":
        return list(range(layers))
    return [round((place + 1) * count / layers) - 1 for place in range(layers)]


def check_positions(positions: int, max_length: int, sides: int = 1) -> None:
    """Check that a BERT has positions for so many tokens of each side that it reads at once.

    Raises:
        EncoderError: it has not.
    """
    most = positions // sides
    if not 1 <= max_length <= most:
        read = "" if sides == 1 else f" for {sides} texts"
        raise EncoderError(
            f"max_length is {max_length}; the checkpoint has {positions} positions{read}, so it must be between 1 and "
            f"{most}"
        )


def keep_positions(model: Any, max_length: int, positions: int | None = None) -> None:
    """Keep the first rows of a BertModel's position table, by default `max_length` rounded up to a multiple of 128.

    Raises:
        EncoderError: the table has fewer rows than `max_length` or `positions`, or `positions` is under `max_length`.
    """
    import torch

    embeddings = model.embeddings
    count = model.config.max_position_embeddings
    check_positions(count, max_length)
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
