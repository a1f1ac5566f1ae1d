"""Train the siamese network with transformers' Trainer. Needs torch to be imported."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, EvalPrediction, Trainer, TrainingArguments

from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.training.checkpoints.checkpoint import read_checkpoint_note
from faq_component.training.checkpoints.saving import save_encoder
from faq_component.training.network.siamese import BertForSiameseNetwork
from faq_component.training.network.smaller_bert import check_positions, keep_layers
from faq_component.training.pairs.examples import Example, from_pairs
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import trainer_arguments
from faq_component.training.trainers.batches import PairBatches, plan_batches
from faq_component.training.trainers.callbacks import KeepBest, train_in
from faq_component.training.trainers.dataset import SiameseCollator, SiameseDataset
from faq_component.training.trainers.evaluators import (
    Encode,
    Evaluator,
    PairEvaluator,
    evaluate_all,
    fingerprints_of,
    metric_to_choose_by,
    metrics_of,
    pair_metrics,
)
from faq_component.training.trainers.run_folder import RunFolder


def train_siamese(
    base: str, target: Path, examples: Sequence[Example], evaluators: Sequence[Evaluator], settings: TrainingSettings
) -> dict[str, float]:
    """Fine-tune a BERT on pairs, or resume a stopped training of the same settings.

    Args:
        base: name or folder of a BERT.
        target: folder of the training (`RunFolder`).
        examples: pairs to train on.
        evaluators: run `settings.evaluations` times; the first one's main metric chooses the encoder to keep, unless
            `settings.best_by` names another.
        settings: of the training.

    Returns:
        The metrics of the encoder that was kept.

    Raises:
        EncoderError: the base cannot be loaded, or the folder holds another training.
    """
    folder = RunFolder(target)
    metric = metric_to_choose_by(metrics_of(evaluators), settings)
    model, tokenizer, origin = load_base(base, settings)
    data = SiameseDataset(examples, tokenizer, max_length=settings.max_length, prefix=settings.prefix)
    batches = plan_batches(examples, tokenizer, settings)
    folder.claim(base, settings, examples, fingerprints_of(evaluators), framework="trainer")
    arguments = TrainingArguments(
        **trainer_arguments(settings, folder.checkpoints, batches.steps), remove_unused_columns=False
    )
    pairs = next((item for item in evaluators if isinstance(item, PairEvaluator)), None)

    def save() -> None:
        save_encoder(model.bert, tokenizer, folder.encoder, base=origin, settings=settings)

    trainer = SiameseTrainer(
        model=model,
        args=arguments,
        train_dataset=data,
        batches=batches,
        eval_dataset=pairs and _dev_dataset(pairs, tokenizer, settings),
        compute_metrics=pairs and _metrics_of(pairs.name),
        data_collator=SiameseCollator(tokenizer.pad_token_id),
        evaluators=[item for item in evaluators if item is not pairs],
        encode=lambda texts: encode_texts(model, tokenizer, texts, settings),
        callbacks=[KeepBest(folder, metric, save)],
    )
    return train_in(folder, trainer)


class SiameseTrainer(Trainer):
    """A Trainer with planned batches, and evaluators beside its own evaluation.

    Args:
        batches: batches of the whole training.
        evaluators: run besides `compute_metrics`.
        encode: encodes texts with the current model, for the evaluators.
    """

    def __init__(
        self, *, batches: PairBatches, evaluators: Sequence[Evaluator], encode: Encode, **arguments: Any
    ) -> None:
        # transformers requires evaluation data; evaluators have their own.
        super().__init__(**{**arguments, "eval_dataset": arguments.get("eval_dataset") or []})
        self._batches, self._evaluators, self._encode = batches, evaluators, encode

    def get_train_dataloader(self) -> Any:
        """Load batches in their planned order; several processes take them in turn."""
        data: Any = self.train_dataset
        loader = torch.utils.data.DataLoader(
            data,
            batch_sampler=self._batches,
            collate_fn=self.data_collator,
            generator=torch.Generator(),  # the default one is that of dropout: a resumed training would draw once more
        )
        evenly, self.accelerator.even_batches = self.accelerator.even_batches, False  # our batches differ in size
        try:
            return self.accelerator.prepare(loader)
        finally:
            self.accelerator.even_batches = evenly

    def evaluate(self, *arguments: Any, **more: Any) -> dict[str, float]:
        """Return the Trainer's own metrics if it has pairs, and those of the evaluators."""
        metrics: dict[str, float] = {}
        own = self.callback_handler
        if self.eval_dataset:
            with _without_callbacks(own):
                metrics |= super().evaluate(*arguments, **more)
        with self.compute_loss_context_manager():
            found = evaluate_all(self._evaluators, self._encode)
        extra = {f"eval_{name}": value for name, value in found.items()}
        if extra:
            self.log(extra)
        metrics |= extra
        self.control = own.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


@contextlib.contextmanager
def _without_callbacks(handler: Any) -> Any:
    """Keep the Trainer's own evaluation from calling `KeepBest`: the evaluators run after it."""
    callbacks, handler.callbacks = handler.callbacks, [c for c in handler.callbacks if not isinstance(c, KeepBest)]
    try:
        yield
    finally:
        handler.callbacks = callbacks


def load_base(
    base: str, settings: TrainingSettings, network: type[BertForSiameseNetwork] = BertForSiameseNetwork
) -> tuple[BertForSiameseNetwork, Any, str]:
    """Load a BERT as a network with the layers of the settings; return it, its tokenizer and its original base.

    Raises:
        EncoderError: it cannot be loaded, or has too few layers.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    try:
        model = network.from_pretrained(base, settings=settings)
        tokenizer = AutoTokenizer.from_pretrained(base, use_fast=True)
        check_positions(model.config.max_position_embeddings, settings.max_length)
        if settings.layers:
            keep_layers(model.bert, settings.layers, settings.layers_from)
            model.config.num_hidden_layers = settings.layers
    except (OSError, ValueError) as error:
        message = _("{base} cannot be trained as a BERT: {error}")
        raise EncoderError(message.format(base=base, error=" ".join(str(error).split()))) from error
    return model.float(), tokenizer, read_checkpoint_note(base)["base"]


def encode_texts(
    model: BertForSiameseNetwork, tokenizer: Any, texts: Sequence[str], settings: TrainingSettings
) -> Vectors:
    """Encode normalised texts as unit vectors, in batches of similar length. *Shape:* ``(texts, dim)``."""
    prefixed = [settings.prefix + text for text in texts]
    ids = tokenizer(prefixed, truncation=True, max_length=settings.max_length)["input_ids"]
    order = sorted(range(len(texts)), key=lambda index: len(ids[index]))
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    training = model.training
    model.eval()
    for start in range(0, len(order), 256):
        rows = order[start : start + 256]
        batch = tokenizer.pad({"input_ids": [ids[row] for row in rows]}, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            found = model.encode(batch["input_ids"], batch["attention_mask"])
        vectors[rows] = torch.nn.functional.normalize(found.float(), dim=1).cpu().numpy()
    model.train(training)
    return vectors


def _dev_dataset(evaluator: PairEvaluator, tokenizer: Any, settings: TrainingSettings) -> SiameseDataset:
    """Make a dataset of an evaluator's pairs, sorted by length for little padding."""
    examples = sorted(from_pairs(evaluator.pairs), key=lambda item: max(len(item.first), len(item.second)))
    return SiameseDataset(examples, tokenizer, max_length=settings.max_length, prefix=settings.prefix)


def _metrics_of(name: str) -> Any:
    """Make `compute_metrics` for the Trainer: pair metrics under the evaluator's name."""

    def compute(prediction: EvalPrediction) -> dict[str, float]:
        scores = np.asarray(prediction.predictions, dtype=np.float64)
        return pair_metrics(name, scores, np.asarray(prediction.label_ids) > 0.5)

    return compute
