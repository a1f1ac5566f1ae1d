"""Cut a BERT down to fewer layers and positions."""

from __future__ import annotations

from typing import Any

from faq_component.errors import EncoderError
from faq_component.language import _

STEP = 128


def keep_layers(model: Any, layers: int, which: str = "first") -> None:
    """Keep `layers` layers of a BertModel: the first, or evenly spaced ones that include the last.

    Raises:
        EncoderError: `layers` is not between 1 and the number it has.
    """
    kept = chosen_layers(model.config.num_hidden_layers, layers, which)
    model.encoder.layer = type(model.encoder.layer)(model.encoder.layer[index] for index in kept)
    model.config.num_hidden_layers = layers


def chosen_layers(count: int, layers: int, which: str) -> list[int]:
    """Return the indices of the layers to keep: of 12 layers, ``first`` 6 are 0 to 5, ``even`` 6 are 1, 3, ..., 11.

    Raises:
        EncoderError: `layers` is not between 1 and `count`.
    """
    if not 1 <= layers <= count:
        message = _("layers is {layers}; the base has {count}, so it must be between 1 and {count}")
        raise EncoderError(message.format(layers=layers, count=count))
    if which == "first":
        return list(range(layers))
    return [round((place + 1) * count / layers) - 1 for place in range(layers)]


def check_positions(positions: int, max_length: int, sides: int = 1) -> None:
    """Check that a BERT has positions for `max_length` tokens of each of the `sides` that it reads at once.

    Raises:
        EncoderError: it has too few.
    """
    most = positions // sides
    if not 1 <= max_length <= most:
        if sides == 1:
            message = _(
                "max_length is {max_length}; the checkpoint has {positions} positions, so it must be between 1 and "
                "{most}"
            )
        else:
            message = _(
                "max_length is {max_length}; the checkpoint has {positions} positions for {sides} texts, so it must be "
                "between 1 and {most}"
            )
        raise EncoderError(message.format(max_length=max_length, positions=positions, sides=sides, most=most))


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
        message = _(
            "positions is {positions}; it must be between max_length, {max_length}, and the checkpoint's {count}"
        )
        raise EncoderError(message.format(positions=positions, max_length=max_length, count=count))
    rows = embeddings.position_embeddings.weight.detach()[:positions].clone()
    embeddings.position_embeddings = torch.nn.Embedding.from_pretrained(rows, freeze=False)
    embeddings.position_ids = embeddings.position_ids[:, :positions]
    model.config.max_position_embeddings = positions
