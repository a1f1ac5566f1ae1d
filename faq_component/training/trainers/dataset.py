"""Pairs as token ids, and their padded batches.

Unlike most of this package the module needs torch to be imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from faq_component.text import normalize
from faq_component.training.pairs.examples import Example


class SiameseDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Examples as two lists of token ids and a label; each distinct text is tokenised once.

    Args:
        examples: the pairs.
        tokenizer: a fast tokenizer of transformers.
        max_length: tokens at which texts are cut.
        prefix: put before each text.
    """

    def __init__(self, examples: Sequence[Example], tokenizer: Any, *, max_length: int, prefix: str = "") -> None:
        self.examples = examples
        texts = list(dict.fromkeys(text for example in examples for text in (example.first, example.second)))
        normal = [prefix + normalize(text) for text in texts]
        ids = tokenizer(normal, truncation=True, max_length=max_length)["input_ids"] if normal else []
        self._ids = dict(zip(texts, ids, strict=True))

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        example = self.examples[index]
        return {
            "first": self._ids[example.first],
            "second": self._ids[example.second],
            "label": float(example.same),
        }


class SiameseCollator:
    """Pads both sides of a batch to its longest text.

    Returns ``input_ids`` and ``attention_mask``, int64 ``(pairs, 2, tokens)``, and ``labels``, float32 ``(pairs,)``.
    """

    def __init__(self, pad_token_id: int) -> None:
        self._pad = pad_token_id

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Make one batch."""
        sides = [item[side] for item in items for side in ("first", "second")]
        tokens = max(map(len, sides))
        ids = torch.tensor([side + [self._pad] * (tokens - len(side)) for side in sides])
        mask = torch.tensor([[1] * len(side) + [0] * (tokens - len(side)) for side in sides])
        return {
            "input_ids": ids.reshape(len(items), 2, tokens),
            "attention_mask": mask.reshape(len(items), 2, tokens),
            "labels": torch.tensor([item["label"] for item in items], dtype=torch.float32),
        }
