"""Arguments of transformers' Trainer that both frameworks share. Needs torch to be imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.batches import processes

_LOGS = 50


def trainer_arguments(settings: TrainingSettings, folder: Path, steps: int) -> dict[str, Any]:
    """Return arguments for transformers 4.57 and 5; the training is one pass of `steps` steps per process."""
    precision, on_cpu = chosen_precision(settings.precision), not torch.cuda.is_available()
    return {
        "output_dir": str(folder),
        "num_train_epochs": 1,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": 256,
        "learning_rate": settings.learning_rate,
        "weight_decay": settings.weight_decay,
        "warmup_steps": round(settings.warmup * steps),
        "lr_scheduler_type": "linear",
        "optim": "adamw_torch_fused",
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": on_cpu,
        "ddp_backend": "gloo" if on_cpu and processes() > 1 else None,
        "seed": settings.seed,
        "eval_strategy": "steps",
        "eval_steps": max(-(-steps // settings.evaluations), 1),
        "save_strategy": "steps",
        "save_steps": max(-(-steps // settings.checkpoints), 1),
        "save_total_limit": 1,
        "logging_steps": max(steps // _LOGS, 1),
        "report_to": "none",
        "dataloader_pin_memory": not on_cpu,
    }


def chosen_precision(precision: str) -> str:
    """Replace ``auto`` by what this machine computes fast: bf16, else fp16 on a GPU, else fp32."""
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16" if native else "fp32"


def autocast(precision: str, device: str) -> torch.autocast:
    """Return a context in which a network computes in a precision; ``fp32`` changes nothing."""
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(chosen_precision(precision))
    return torch.autocast(device, kind, enabled=kind is not None)
