"""How far to go from a base to what fine-tuning made of it: the mixture of both that finds most held-out questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from faq_component.encoders.types import Vectors
from faq_component.training.checkpoints.checkpoint import Checkpoint, embed, load_checkpoint
from faq_component.training.network.mix import mix_checkpoints
from faq_component.training.trainers.evaluators import Evaluator

SHARES = (0.25, 0.5, 0.75)


def best_mixture(
    base: str, tuned: str, judge: Evaluator, target: Path, say: Callable[[str], None], max_length: int
) -> str:
    """The folder of the best checkpoint: `tuned`, or a mixture with `base` in `target`.

    Fine-tuning on one's own posts takes away some of what the base knew of other words (see `mix_checkpoints`); how
    much of it pays is tried. Of equally good ones the nearest to the base is taken.

    Args:
        base: checkpoint before fine-tuning, of the same shape.
        tuned: checkpoint after it.
        judge: its first metric decides; on questions that were not trained on.
        target: folder for what is tried; a mixture that is there is taken as it is.
        say: told what came of each.
        max_length: tokens at which texts are cut.
    """
    found: dict[str, float] = {}
    for share in (*SHARES, 1.0):
        folder = str(target / f"{share:g}") if share < 1 else tuned
        if not (Path(folder) / "config.json").is_file():
            mix_checkpoints(base, tuned, Path(folder), share)
        found[folder] = judge(_encode(load_checkpoint(folder), max_length))[judge.metrics[0]]
        say(f"{share:.0%} of the way to the fine-tuned encoder: {judge.metrics[0]} {found[folder]:.4f}")
    return max(found, key=lambda folder: found[folder])


def _encode(checkpoint: Checkpoint, max_length: int) -> Callable[[Sequence[str]], Vectors]:
    return partial(embed, checkpoint, prefix=checkpoint.prefix, max_length=max_length)
