"""Train the siamese network with sentence-transformers. Needs torch to be imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.text import normalize
from faq_component.training.checkpoints.checkpoint import read_checkpoint_note
from faq_component.training.checkpoints.saving import save_encoder
from faq_component.training.network.losses import build_loss
from faq_component.training.network.smaller_bert import check_positions, keep_layers
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import trainer_arguments
from faq_component.training.trainers.batches import PairBatches, plan_batches
from faq_component.training.trainers.callbacks import KeepBest, train_in
from faq_component.training.trainers.evaluators import (
    Evaluator,
    evaluate_all,
    fingerprints_of,
    metric_to_choose_by,
    metrics_of,
)
from faq_component.training.trainers.run_folder import RunFolder


def train_with_library(
    base: str, target: Path, examples: Sequence[Example], evaluators: Sequence[Evaluator], settings: TrainingSettings
) -> dict[str, float]:
    """Fine-tune a BERT on pairs with the model and trainer of sentence-transformers.

    Arguments, result, errors, batches and losses are those of `siamese_trainer.train_siamese`.
    """
    folder = RunFolder(target)
    metric = metric_to_choose_by(metrics_of(evaluators), settings)
    model = load_sentence_transformer(base, settings)
    tokenizer = model.tokenizer
    batches = plan_batches(examples, tokenizer, settings)
    folder.claim(base, settings, examples, fingerprints_of(evaluators), framework="sentence-transformers")
    arguments = SentenceTransformerTrainingArguments(**trainer_arguments(settings, folder.checkpoints, batches.steps))

    def save() -> None:
        save_encoder(
            model[0].auto_model, tokenizer, folder.encoder, base=read_checkpoint_note(base)["base"], settings=settings
        )

    trainer = _PlannedTrainer(
        batches,
        model=model,
        args=arguments,
        train_dataset=as_dataset(examples, settings.prefix),
        loss=LibraryLoss(model, settings),
        evaluator=_LibraryEvaluator(evaluators, metric, settings.prefix),
        callbacks=[KeepBest(folder, metric, save)],
    )
    return train_in(folder, trainer)


class _PlannedTrainer(SentenceTransformerTrainer):
    """A trainer that takes planned batches; its training arguments could not hold them, since they are pickled."""

    def __init__(self, batches: PairBatches, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._batches = batches

    def get_batch_sampler(self, *arguments: Any, **more: Any) -> PairBatches:
        """Return the planned batches in place of sentence-transformers' own."""
        return self._batches


def load_sentence_transformer(base: str, settings: TrainingSettings) -> SentenceTransformer:
    """Load a BERT with the layers and the pooling of the settings.

    Raises:
        EncoderError: it cannot be loaded, or has too few layers.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    try:
        transformer = Transformer(base, max_seq_length=settings.max_length)
        transformer.auto_model.float()  # transformers 5 keeps the precision of the file
        check_positions(transformer.auto_model.config.max_position_embeddings, settings.max_length)
        if settings.layers:
            keep_layers(transformer.auto_model, settings.layers, settings.layers_from)
    except (OSError, ValueError) as error:
        message = _("{base} cannot be trained as a BERT: {error}")
        raise EncoderError(message.format(base=base, error=" ".join(str(error).split()))) from error
    pooling = Pooling(transformer.auto_model.config.hidden_size, settings.pooling)
    return SentenceTransformer(modules=[transformer, pooling], device=None if torch.cuda.is_available() else "cpu")


def as_dataset(examples: Sequence[Example], prefix: str) -> Dataset:
    """Return the pairs as columns of normalised texts and labels."""
    return Dataset.from_dict(
        {
            "first": [prefix + normalize(example.first) for example in examples],
            "second": [prefix + normalize(example.second) for example in examples],
            "label": [float(example.same) for example in examples],
        }
    )


class LibraryLoss(torch.nn.Module):
    """The loss of the settings, with the interface of sentence-transformers."""

    def __init__(self, model: SentenceTransformer, settings: TrainingSettings) -> None:
        super().__init__()
        self.model = model
        self._loss = build_loss(settings)

    def forward(self, sentence_features: Iterable[dict[str, torch.Tensor]], labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss, a scalar, from the features of the two sides."""
        first, second = (self.model(features)["sentence_embedding"].float() for features in sentence_features)
        return self._loss(first, second, labels)


class _LibraryEvaluator(SentenceEvaluator):
    """Evaluators with the interface of sentence-transformers."""

    def __init__(self, evaluators: Sequence[Evaluator], metric: str, prefix: str) -> None:
        super().__init__()
        self._evaluators, self._prefix = evaluators, prefix
        self.primary_metric = metric

    def __call__(self, model: SentenceTransformer, *arguments: Any, **more: Any) -> dict[str, float]:
        def encode(texts: Sequence[str]) -> Any:
            prefixed = [self._prefix + text for text in texts]
            return model.encode(prefixed, batch_size=256, normalize_embeddings=True, show_progress_bar=False)

        return evaluate_all(self._evaluators, encode)
