"""Train a poly-encoder: in-batch cross-entropy, then a logistic fit that turns its products into probabilities.

Needs torch to be imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from transformers import AutoTokenizer, BertModel, EvalPrediction, TrainingArguments

from faq_component.errors import EncoderError
from faq_component.evaluation.pairs import Pair
from faq_component.language import _
from faq_component.training.checkpoints.saving import save_model
from faq_component.training.network.poly_encoder_model import PolyEncoderModel
from faq_component.training.network.siamese import OwnNames, SiameseOutput
from faq_component.training.network.smaller_bert import check_positions, keep_layers
from faq_component.training.pairs.examples import Example, from_pairs
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import trainer_arguments
from faq_component.training.trainers.batches import plan_batches
from faq_component.training.trainers.callbacks import KeepBest, train_in
from faq_component.training.trainers.dataset import SiameseCollator, SiameseDataset
from faq_component.training.trainers.evaluators import (
    PairEvaluator,
    metric_to_choose_by,
    pair_metric_names,
    pair_metrics,
)
from faq_component.training.trainers.run_folder import RunFolder
from faq_component.training.trainers.siamese_trainer import SiameseTrainer


def train_poly_encoder(
    base: str,
    target: Path,
    examples: Sequence[Example],
    dev: Mapping[str, Sequence[Pair]],
    settings: TrainingSettings,
    codes: int = 16,
) -> dict[str, float]:
    """Fine-tune a poly-encoder on the positive pairs; every other post of the batch is a negative.

    Args:
        base: name or folder of a BERT.
        target: folder of the training (`RunFolder`); `export_poly_encoder` reads its ``encoder``.
        examples: pairs to train on; the posts of negative pairs are further negatives.
        dev: one named set of pairs; accuracy at the best threshold on it chooses the model that is kept, and the
            probability is fitted on it (Platt 1999).
        settings: of the training; loss, pooling and distance are not used.
        codes: the paper's m.

    Returns:
        The metrics of the model that was kept.

    Raises:
        EncoderError: the base cannot be loaded, or the folder holds another training.
    """
    folder = RunFolder(target)
    settings = replace(settings, loss="ranking")  # so that no two pairs of a batch share a topic
    network, tokenizer = _load(base, settings, codes)
    batches = plan_batches(examples, tokenizer, settings)
    ((name, pairs),) = dev.items()
    folder.claim(
        base, settings, examples, [PairEvaluator(name, pairs).fingerprint], framework="poly-encoder", codes=codes
    )

    def metrics(prediction: EvalPrediction) -> dict[str, float]:
        scores = np.asarray(prediction.predictions, dtype=np.float64)
        same = np.asarray(prediction.label_ids) > 0.5
        scale, bias = platt(scores, same)
        network.poly.scale.data.fill_(scale)
        network.poly.bias.data.fill_(bias)
        return pair_metrics(name, scores, same)

    def data(of: Sequence[Example]) -> SiameseDataset:
        return SiameseDataset(of, tokenizer, max_length=settings.max_length)

    trainer = SiameseTrainer(
        model=network,
        args=TrainingArguments(
            **trainer_arguments(settings, folder.checkpoints, batches.steps), remove_unused_columns=False
        ),
        train_dataset=data(examples),
        batches=batches,
        eval_dataset=data(from_pairs(pairs)),
        compute_metrics=metrics,
        data_collator=SiameseCollator(tokenizer.pad_token_id),
        evaluators=[],
        encode=_no_vectors,
        callbacks=[
            KeepBest(
                folder,
                metric_to_choose_by(pair_metric_names(name), settings),
                lambda: save_model(folder.encoder, lambda path: network.poly.save(path, tokenizer)),
            )
        ],
    )
    return train_in(folder, trainer)


class PolyEncoderForPairs(torch.nn.Module):
    """A poly-encoder with its loss over a batch of pairs.

    The products are divided by the root of the width, as in attention; otherwise the first softmax would pick a single
    post.
    """

    def __init__(self, poly: PolyEncoderModel) -> None:
        super().__init__()
        self.poly = poly

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> SiameseOutput:
        """Return the product of each pair, and the cross-entropy of the positive ones.

        *Shape:* ids and mask ``(pairs, 2, tokens)``, labels ``(pairs,)``.
        """
        products = self.poly(input_ids[:, 0], attention_mask[:, 0], input_ids[:, 1], attention_mask[:, 1]).float()
        own = products.diagonal()
        if labels is None:
            return SiameseOutput(None, own)
        same = labels > 0.5
        if not same.any():
            return SiameseOutput((own * 0.0).sum(), own)
        scaled = products[same] / self.poly.codes.shape[1] ** 0.5
        loss = torch.nn.functional.cross_entropy(scaled, torch.arange(len(products), device=scaled.device)[same])
        return SiameseOutput(loss, own)


def platt(scores: Any, same: Any) -> tuple[float, float]:
    """Fit scale and bias of a logistic function to labels (Platt 1999). *Shape:* both ``(pairs,)``."""
    spread = float(scores.std()) or 1.0
    fitted = LogisticRegression(C=1e6).fit((scores / spread)[:, None], same)
    return float(fitted.coef_[0, 0]) / spread, float(fitted.intercept_[0])


class _Bert(OwnNames, BertModel):
    """A BertModel that saves its parameters under their own names."""


def _load(base: str, settings: TrainingSettings, codes: int) -> tuple[PolyEncoderForPairs, Any]:
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    try:
        bert = _Bert.from_pretrained(base, add_pooling_layer=False).float()
        check_positions(bert.config.max_position_embeddings, settings.max_length)
        if settings.layers:
            keep_layers(bert, settings.layers, settings.layers_from)
        tokenizer = AutoTokenizer.from_pretrained(base, use_fast=True)
    except (OSError, ValueError) as error:
        message = _("{base} cannot be trained as a BERT: {error}")
        raise EncoderError(message.format(base=base, error=" ".join(str(error).split()))) from error
    return PolyEncoderForPairs(PolyEncoderModel(bert, codes)), tokenizer


def _no_vectors(_texts: Sequence[str]) -> Any:
    raise EncoderError(_("a poly-encoder gives no vectors of single texts; measure it on pairs"))
