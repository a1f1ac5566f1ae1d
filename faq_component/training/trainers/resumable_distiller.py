"""Extend TextBrewer's distiller: it resumes after a stop, computes in bf16, and adapts a siamese network.

Needs torch to be imported.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from textbrewer import GeneralDistiller
from tqdm import tqdm

from faq_component.language import _
from faq_component.support.files import write_atomically
from faq_component.training.network.siamese import BertForSiameseNetwork
from faq_component.training.trainers.arguments import autocast, chosen_precision


@dataclass
class Progress:
    """Progress of a distillation, and the state to resume from."""

    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> Progress:
        """Load the file of a stopped distillation; without one, begin at step 0."""
        if not file.is_file():
            return cls()
        state = torch.load(file, weights_only=True, map_location="cpu")
        return cls(state["step"], state["history"], state["losses"], state)

    def save(self, file: Path, student: torch.nn.Module, distiller: ResumableDistiller) -> None:
        """Write everything that the next step depends on, atomically."""
        content = {
            "step": self.step,
            "history": self.history,
            "losses": self.losses,
            "student": student.state_dict(),
            "projections": [proj and proj.state_dict() for proj in distiller.projs],
            "optimizer": distiller.optimizer.state_dict(),
            "scheduler": distiller.scheduler.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all(),
        }
        whole = io.BytesIO()
        torch.save(content, whole)
        write_atomically(file, whole.getvalue())


class ResumableDistiller(GeneralDistiller):  # type: ignore[misc]  # TextBrewer is not typed
    """A distiller that resumes from its progress, and computes in bf16 on a machine that supports it."""

    def __init__(self, *arguments: Any, progress: Progress, steps: int, precision: str) -> None:
        super().__init__(*arguments)
        self._progress = progress
        self._steps = steps
        self._bar: Any = None
        # TextBrewer's scaling of fp16 gradients needs another package, so fp16 is not supported.
        self._precision = "bf16" if chosen_precision(precision) == "bf16" else "fp32"
        self.optimizer: Any = None
        self.scheduler: Any = None

    def initialize_training(self, *arguments: Any) -> Any:
        """Restore the state after TextBrewer has added the projections to the optimiser."""
        self.optimizer, self.scheduler, _no_bar = super().initialize_training(*arguments)
        state = self._progress.state
        if state:
            self.model_S.network.load_state_dict(state["student"])
            for projection, values in zip(self.projs, state["projections"], strict=True):
                if projection is not None:
                    projection.load_state_dict(values)
            self.optimizer.load_state_dict(state["optimizer"])
            self.scheduler.load_state_dict(state["scheduler"])
            torch.set_rng_state(state["random"])
            if len(state["random_cuda"]) == torch.cuda.device_count():
                torch.cuda.set_rng_state_all(state["random_cuda"])
        self._bar = tqdm(total=self._steps, initial=self._progress.step, desc=_("distilling"))
        return self.optimizer, self.scheduler, True  # switches off TextBrewer's own progress bar, which has no end

    def train_on_batch(self, batch: Any, args: Any) -> Any:
        """Compute the loss of a step."""
        with autocast(self._precision, self.t_config.device):
            loss, losses = super().train_on_batch(batch, args)
        self._progress.losses.append(float(loss.detach()))
        self._bar.update()
        if self._bar.n >= self._steps:
            self._bar.close()
        return loss, losses

    def save_and_callback(self, global_step: int, step: int, epoch: int, callback: Callable[..., None]) -> None:
        """Record the mean loss and call back, without TextBrewer's own files, which hold the weights only."""
        progress = self._progress
        progress.step += len(progress.losses)
        progress.history.append({"step": progress.step, "loss": sum(progress.losses) / len(progress.losses)})
        progress.losses.clear()
        callback(model=self.model_S, step=progress.step)
        self.model_S.train()


class Observed(torch.nn.Module):
    """A siamese network that returns its hidden states, for TextBrewer."""

    def __init__(self, network: BertForSiameseNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor | tuple[torch.Tensor, ...]]:
        """Run `observe` of the network. *Shape:* ids and mask ``(pairs, 2, tokens)``, labels ``(pairs,)``."""
        return self.network.observe(input_ids, attention_mask, labels)


def adaptor(*, same_width: bool, labels: bool) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Make a function that selects what TextBrewer compares from a network's output.

    TextBrewer takes both sides of a pair as texts of one batch. Its logits are the vectors, scaled so that their mean
    squared difference is ``2 - 2 cosine``, or the similarities of the pairs if the widths differ.
    """

    def adapt(_batch: Any, output: dict[str, Any]) -> dict[str, Any]:
        vectors = torch.nn.functional.normalize(output["vectors"], dim=1) * output["vectors"].shape[1] ** 0.5
        return {
            "logits": vectors if same_width else output["similarity"][:, None],
            "hidden": output["hidden"],
            "inputs_mask": output["mask"],
            **({"losses": output["loss"]} if labels else {}),
        }

    return adapt
