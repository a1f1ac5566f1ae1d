"""Keep the best encoder at each evaluation of a training, with either framework. Needs torch to be imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from transformers import Trainer, TrainerCallback

from faq_component.training.trainers.run_folder import RunFolder

_SPEED = re.compile("runtime$|_per_second$|^epoch$|^eval_loss$")


def train_in(folder: RunFolder, trainer: Trainer) -> dict[str, float]:
    """Train, or resume the training in the folder; return the metrics of the encoder that was kept."""
    trainer.train(resume_from_checkpoint=folder.last_checkpoint())
    trainer.accelerator.wait_for_everyone()  # the first of several processes may still be writing the encoder
    return folder.best()


class KeepBest(TrainerCallback):
    """Saves the encoder whenever the metric exceeds all before, and draws the curves.

    transformers' `load_best_model_at_end` would tie evaluations to checkpoints, and keep the optimiser's state.

    Args:
        folder: folder of the training.
        metric: its name without ``eval_``; greater is better.
        save: writes the current encoder.
    """

    def __init__(self, folder: RunFolder, metric: str, save: Callable[[], None]) -> None:
        self._folder, self._metric, self._save = folder, metric, save

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Evaluate the last step too, whatever the interval; the trainer calls this."""
        if state.global_step >= state.max_steps:
            control.should_evaluate = True

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **kwargs: Any) -> None:
        """Keep the encoder if it is the best so far; the trainer calls this with the metrics of an evaluation."""
        if not state.is_world_process_zero:
            return
        measured = {name.removeprefix("eval_"): value for name, value in metrics.items() if not _SPEED.search(name)}
        if measured[self._metric] > self._folder.best().get(self._metric, float("-inf")):
            self._save()
            self._folder.note_best({"step": state.global_step, **measured})
        self._folder.write_curves(state.log_history, final=state.global_step >= state.max_steps)
