"""Train a cross-encoder: a BERT that reads both sides of a pair at once. Needs torch to be imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, BertForSequenceClassification, EvalPrediction, TrainingArguments

from faq_component.errors import EncoderError
from faq_component.evaluation.pairs import Pair
from faq_component.language import _
from faq_component.text import normalize
from faq_component.training.checkpoints.checkpoint import save_tokenizer
from faq_component.training.checkpoints.saving import save_model
from faq_component.training.network.siamese import OwnNames
from faq_component.training.network.smaller_bert import check_positions, keep_layers
from faq_component.training.pairs.examples import Example, from_pairs
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import trainer_arguments
from faq_component.training.trainers.batches import PairBatches, processes
from faq_component.training.trainers.callbacks import KeepBest, train_in
from faq_component.training.trainers.evaluators import (
    PairEvaluator,
    metric_to_choose_by,
    pair_metric_names,
    pair_metrics,
)
from faq_component.training.trainers.run_folder import RunFolder
from faq_component.training.trainers.siamese_trainer import SiameseTrainer


def train_cross_encoder(
    base: str, target: Path, examples: Sequence[Example], dev: Mapping[str, Sequence[Pair]], settings: TrainingSettings
) -> dict[str, float]:
    """Fine-tune a BertForSequenceClassification with one label: the logit that both sides mean the same.

    Args:
        base: name or folder of a BERT.
        target: folder of the training (`RunFolder`); `export_cross_encoder` reads its ``encoder``.
        examples: pairs to train on.
        dev: one named set of pairs; accuracy at the best threshold on it chooses the model that is kept.
        settings: of the training; loss, pooling and distance are not used. A pair has `max_length` tokens a side.

    Returns:
        The metrics of the model that was kept.

    Raises:
        EncoderError: the base cannot be loaded, or the folder holds another training.
    """
    folder = RunFolder(target)
    model, tokenizer = _load(base, settings)
    data = PairDataset(examples, tokenizer, 2 * settings.max_length)
    batches = PairBatches(
        data.lengths,
        [example.groups for example in examples],
        batch_size=settings.batch_size,
        batch_tokens=settings.batch_tokens,
        unique_groups=False,
        epochs=settings.epochs,
        seed=settings.seed,
        processes=processes(),
    )
    ((name, pairs),) = dev.items()
    folder.claim(base, settings, examples, [PairEvaluator(name, pairs).fingerprint], framework="cross-encoder")

    def metrics(prediction: EvalPrediction) -> dict[str, float]:
        scores = np.asarray(prediction.predictions, dtype=np.float64)[:, 0]
        return pair_metrics(name, scores, np.asarray(prediction.label_ids)[:, 0] > 0.5)

    def save() -> None:
        save_model(folder.encoder, model.save_pretrained, lambda path: save_tokenizer(tokenizer, path))

    trainer = SiameseTrainer(
        model=model,
        args=TrainingArguments(
            **trainer_arguments(settings, folder.checkpoints, batches.steps), remove_unused_columns=False
        ),
        train_dataset=data,
        batches=batches,
        eval_dataset=PairDataset(sorted(from_pairs(pairs), key=_characters), tokenizer, 2 * settings.max_length),
        compute_metrics=metrics,
        data_collator=PairCollator(tokenizer),
        evaluators=[],
        encode=_no_vectors,
        callbacks=[KeepBest(folder, metric_to_choose_by(pair_metric_names(name), settings), save)],
    )
    return train_in(folder, trainer)


class PairsBertForSequenceClassification(OwnNames, BertForSequenceClassification):
    """A BertForSequenceClassification that saves its parameters under their own names."""


class PairDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Pairs as token ids, both sides in one sequence."""

    def __init__(self, examples: Sequence[Example], tokenizer: Any, max_length: int) -> None:
        sides = ([normalize(item.first) for item in examples], [normalize(item.second) for item in examples])
        encoded = tokenizer(*sides, truncation="longest_first", max_length=max_length, return_token_type_ids=True)
        self._items = [
            {"input_ids": ids, "token_type_ids": types, "labels": [float(example.same)]}
            for ids, types, example in zip(encoded["input_ids"], encoded["token_type_ids"], examples, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self._items[index]

    @property
    def lengths(self) -> list[int]:
        """Half of the tokens of each pair, since `PairBatches` counts two sides."""
        return [-(-len(item["input_ids"]) // 2) for item in self._items]


class PairCollator:
    """Pads a batch to its longest pair; labels are float32 ``(pairs, 1)``."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Make one batch."""
        inputs = [{name: item[name] for name in ("input_ids", "token_type_ids")} for item in items]
        batch = dict(self._tokenizer.pad(inputs, return_tensors="pt"))
        return {**batch, "labels": torch.tensor([item["labels"] for item in items])}


def _load(base: str, settings: TrainingSettings) -> tuple[Any, Any]:
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    try:
        model = PairsBertForSequenceClassification.from_pretrained(
            base, num_labels=1, problem_type="multi_label_classification"
        )
        if model.config.type_vocab_size < 2:  # an encoder of single texts has one token type
            _widen_token_types(model)
        check_positions(model.config.max_position_embeddings, settings.max_length, sides=2)
        if settings.layers:
            keep_layers(model.bert, settings.layers, settings.layers_from)
            model.config.num_hidden_layers = settings.layers
        return model.float(), AutoTokenizer.from_pretrained(base, use_fast=True)
    except (OSError, ValueError) as error:
        message = _("{base} cannot be trained as a BERT: {error}")
        raise EncoderError(message.format(base=base, error=" ".join(str(error).split()))) from error


def _widen_token_types(model: Any) -> None:
    """Add a token type for the second side, initialised as that of the first."""
    old = model.bert.embeddings.token_type_embeddings
    new = torch.nn.Embedding(2, old.embedding_dim)
    new.weight.data[:] = old.weight.data[0]
    model.bert.embeddings.token_type_embeddings = new
    model.config.type_vocab_size = 2


def _characters(example: Example) -> int:
    return len(example.first) + len(example.second)


def _no_vectors(_texts: Sequence[str]) -> Any:
    raise EncoderError(_("a cross-encoder gives no vectors of single texts; measure it on pairs"))
