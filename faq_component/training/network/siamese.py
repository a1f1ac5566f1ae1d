"""The siamese network: one BERT that encodes both sides of a pair (Reimers and Gurevych 2019).

Unlike most of this package the module needs torch to be imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import BertConfig, BertModel, BertPreTrainedModel
from transformers.utils.generic import ModelOutput

from faq_component.training.network.losses import PairLoss, build_loss, similarity
from faq_component.training.settings import TrainingSettings


@dataclass
class SiameseOutput(ModelOutput):
    """The loss of a batch, if it has labels, and the similarity of each pair. *Shape:* ``(pairs,)``."""

    loss: torch.Tensor | None = None
    logits: torch.Tensor | None = None


class OwnNames:
    """Makes a model save its parameters under their own names.

    transformers 5 converts LayerNorm's names to those of TensorFlow's BERT when it saves, and its Trainer then resumes
    from a checkpoint without them.
    """

    def save_pretrained(self, *arguments: Any, **options: Any) -> None:
        """Save as transformers does, with the parameters' own names."""
        super().save_pretrained(*arguments, **{"save_original_format": False, **options})  # type: ignore[misc]


class BertForSiameseNetwork(OwnNames, BertPreTrainedModel):
    """A BERT with pooling and a loss over the vectors of both sides, for transformers' `Trainer`.

    Its checkpoints are those of a BertModel with the prefix ``bert.``. BertModel, and so sentence-transformers, loads
    them, and it loads theirs.

    Args:
        config: of the BERT.
        settings: pooling, distance and loss; without any, those of `TrainingSettings()`.
    """

    def __init__(self, config: BertConfig, settings: TrainingSettings | None = None) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.settings = settings or TrainingSettings()
        self.pair_loss: PairLoss = build_loss(self.settings)
        self.post_init()

    def encode(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Encode texts; vectors are not normalised. *Shape:* both ``(texts, tokens)``, result ``(texts, dim)``."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pool(hidden.float(), attention_mask, self.settings.pooling)

    def observe(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor) -> dict[str, Any]:
        """Return everything by which a student can be compared with its teacher.

        `vectors` ``(2 * pairs, dim)``; `similarity` ``(pairs,)``; `hidden`, the embeddings and the states of each
        layer, each ``(2 * pairs, tokens, dim)``; their `mask` ``(2 * pairs, tokens)``; the `loss`, a scalar.

        *Shape:* ids and mask ``(pairs, 2, tokens)``, labels ``(pairs,)``.
        """
        tokens = input_ids.shape[-1]
        mask = attention_mask.reshape(-1, tokens)
        output = self.bert(input_ids=input_ids.reshape(-1, tokens), attention_mask=mask, output_hidden_states=True)
        vectors = pool(output.last_hidden_state.float(), mask, self.settings.pooling)
        first, second = vectors[0::2], vectors[1::2]
        return {
            "vectors": vectors,
            "similarity": similarity(first, second, self.settings.distance),
            "hidden": tuple(states.float() for states in output.hidden_states),
            "mask": mask,
            "loss": self.pair_loss(first, second, labels),
        }

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> SiameseOutput:
        """Return the similarities, and the loss if there are labels.

        *Shape:* ids and mask ``(pairs, 2, tokens)``, labels ``(pairs,)``.
        """
        pairs, _, tokens = input_ids.shape
        vectors = self.encode(input_ids.reshape(-1, tokens), attention_mask.reshape(-1, tokens))
        first, second = vectors.reshape(pairs, 2, -1).unbind(dim=1)
        loss = None if labels is None else self.pair_loss(first, second, labels)
        return SiameseOutput(loss, similarity(first, second, self.settings.distance))


def pool(hidden: torch.Tensor, attention_mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """Pool the states of real tokens: their mean, their maximum in each dimension, or the first token's.

    *Shape:* ``(texts, tokens, dim)`` and ``(texts, tokens)``, result ``(texts, dim)``.
    """
    if pooling == "cls":
        return hidden[:, 0]
    mask = attention_mask[:, :, None].to(hidden.dtype)
    if pooling == "max":
        return hidden.masked_fill(mask == 0, torch.finfo(hidden.dtype).min).amax(dim=1)
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9)
