"""Distil a siamese network with TextBrewer (Yang et al. 2020), which also matches hidden states.

A stopped distillation resumes, which TextBrewer alone does not support. Needs torch to be imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from textbrewer import DistillationConfig, TrainingConfig
from transformers import BertConfig, get_linear_schedule_with_warmup

from faq_component.training.checkpoints.saving import save_encoder
from faq_component.training.network.siamese import BertForSiameseNetwork
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.arguments import autocast
from faq_component.training.trainers.batches import plan_batches
from faq_component.training.trainers.dataset import SiameseCollator, SiameseDataset
from faq_component.training.trainers.distillation import (
    DistillationSettings,
    check_layers,
    check_teacher,
    layer_matches,
    read_student,
)
from faq_component.training.trainers.evaluators import (
    Evaluator,
    evaluate_all,
    fingerprints_of,
    metric_to_choose_by,
    metrics_of,
)
from faq_component.training.trainers.resumable_distiller import Observed, Progress, ResumableDistiller, adaptor
from faq_component.training.trainers.run_folder import RunFolder
from faq_component.training.trainers.siamese_trainer import encode_texts, load_base

_STATE = "state.pt"


def distil_network(
    teacher: str,
    target: Path,
    examples: Sequence[Example],
    evaluators: Sequence[Evaluator],
    settings: TrainingSettings,
    distillation: DistillationSettings,
) -> dict[str, float]:
    """Train a student on pairs to imitate its teacher, or resume a stopped training.

    Args:
        teacher: name or folder of a fine-tuned BERT.
        target: folder of the training (`RunFolder`).
        examples: pairs; their labels count only with a `label_weight`.
        evaluators: choose the student to keep, as in `siamese_trainer.train_siamese`.
        settings: of the training; the student has `layers` of the teacher's layers, unless `distillation.student` gives
            its shape.
        distillation: weights of the losses, and the student's shape.

    Returns:
        The metrics of the student that was kept.

    Raises:
        EncoderError: the teacher or the student's shape cannot be read, the student is not smaller, or the folder
            holds another training.
    """
    folder = RunFolder(target)
    check_teacher(teacher, settings)
    metric = metric_to_choose_by(metrics_of(evaluators), settings)
    upper, tokenizer, origin = load_base(teacher, replace(settings, layers=0))
    student = _make_student(teacher, upper, settings, distillation)
    described = {"student_content": read_student(distillation.student)} if distillation.student else {}
    more = {**asdict(distillation), **described}
    folder.claim(teacher, settings, examples, fingerprints_of(evaluators), framework="textbrewer", **more)
    batches = list(plan_batches(examples, tokenizer, settings))
    progress = Progress.load(folder.checkpoints / _STATE)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def keep() -> None:
        with autocast(settings.precision, device.type):
            found = evaluate_all(evaluators, lambda texts: encode_texts(student, tokenizer, texts, settings))
        progress.history.append({"step": progress.step, **{f"eval_{name}": value for name, value in found.items()}})
        if found[metric] > folder.best().get(metric, float("-inf")):
            save_encoder(student.bert, tokenizer, folder.encoder, base=origin, settings=settings)
            folder.note_best({"step": progress.step, **found})
        folder.write_curves(progress.history, final=progress.step == len(batches))

    data = SiameseDataset(examples, tokenizer, max_length=settings.max_length, prefix=settings.prefix)
    same_width = upper.config.hidden_size == student.config.hidden_size
    every = max(-(-len(batches) // settings.checkpoints), 1)
    evaluated = -(-settings.checkpoints // settings.evaluations) * every
    distiller = ResumableDistiller(
        TrainingConfig(ckpt_steps=every, device=str(device), output_dir=str(folder.checkpoints), log_dir=None),
        _configuration(upper, student, settings, distillation),
        Observed(upper).to(device).eval(),
        Observed(student).to(device),
        adaptor(same_width=same_width, labels=False),
        adaptor(same_width=same_width, labels=distillation.label_weight > 0),
        progress=progress,
        steps=len(batches),
        precision=settings.precision,
    )

    def callback(**_progress: Any) -> None:
        if progress.step % evaluated == 0 or progress.step == len(batches):
            keep()
        progress.save(folder.checkpoints / _STATE, student, distiller)

    rest = batches[progress.step :]
    if rest:
        optimizer = torch.optim.AdamW(
            student.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        loader = torch.utils.data.DataLoader(
            data,
            batch_sampler=rest,
            collate_fn=SiameseCollator(tokenizer.pad_token_id),
            generator=torch.Generator(),  # the default one is that of dropout: a resumed training would draw once more
        )
        student.train()
        distiller.train(
            optimizer,
            loader,
            num_steps=len(rest),
            scheduler_class=get_linear_schedule_with_warmup,
            scheduler_args={
                "num_warmup_steps": round(settings.warmup * len(batches)),
                "num_training_steps": len(batches),
            },
            max_grad_norm=1.0,
            callback=callback,
        )
    return folder.best()


def _configuration(
    teacher: BertForSiameseNetwork,
    student: BertForSiameseNetwork,
    settings: TrainingSettings,
    distillation: DistillationSettings,
) -> Any:
    upper, lower = (
        {"layers": network.config.num_hidden_layers, "dim": network.config.hidden_size}
        for network in (teacher, student)
    )
    matches = layer_matches(upper, lower, distillation.hidden_weight, settings.learning_rate)
    return DistillationConfig(
        temperature=1,
        kd_loss_type="mse",
        kd_loss_weight=distillation.vector_weight,
        hard_label_weight=distillation.label_weight,
        intermediate_matches=matches if distillation.hidden_weight else None,
    )


def _make_student(
    teacher: str, upper: BertForSiameseNetwork, settings: TrainingSettings, distillation: DistillationSettings
) -> BertForSiameseNetwork:
    """Make a student of some of the teacher's layers, or of a given shape with the teacher's weights where they fit."""
    if not distillation.student:
        check_layers(settings.layers, upper.config.num_hidden_layers, "student")
        return load_base(teacher, settings)[0]
    own = {"vocab_size": upper.config.vocab_size, "pad_token_id": upper.config.pad_token_id}
    config = BertConfig(**{**read_student(distillation.student), **own})
    torch.manual_seed(settings.seed)
    student = BertForSiameseNetwork(config, settings)
    fitting = student.state_dict()
    for name, value in upper.state_dict().items():
        if name in fitting and fitting[name].shape == value.shape:
            fitting[name] = value
    student.load_state_dict(fitting)
    return student
