"""Choose the mixture of a base and its fine-tuned checkpoint that answers most held-out questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from faq_component.encoders.types import Vectors
from faq_component.language import _
from faq_component.training.checkpoints.checkpoint import Checkpoint, embed, load_checkpoint
from faq_component.training.network.mix import mix_checkpoints
from faq_component.training.trainers.evaluators import Evaluator

SHARES = (0.25, 0.5, 0.75)


def best_mixture(
    base: str, tuned: str, evaluator: Evaluator, target: Path, say: Callable[[str], None], max_length: int
) -> str:
    """Return the folder of the best checkpoint: `tuned`, or a mixture of it with `base` in `target`.

    Fine-tuning on the posts of one FAQ loses some of what the base knows of other words, so several shares of it are
    tried (`mix_checkpoints`). Of equally good checkpoints the nearest to the base is taken.

    Args:
        base: checkpoint before fine-tuning, of the same shape.
        tuned: checkpoint after it.
        evaluator: measures on questions that were not trained on; its first metric decides.
        target: folder of the mixtures; one that exists is not made again.
        say: shows the metric of each checkpoint to the user.
        max_length: tokens at which texts are cut.
    """
    found: dict[str, float] = {}
    for share in (*SHARES, 1.0):
        folder = str(target / f"{share:g}") if share < 1 else tuned
        if not (Path(folder) / "config.json").is_file():
            mix_checkpoints(base, tuned, Path(folder), share)
        metric = evaluator.metrics[0]
        found[folder] = evaluator(_encode(load_checkpoint(folder), max_length))[metric]
        message = _("{share:.0%} of the way to the fine-tuned encoder: {metric} {value:.4f}")
        say(message.format(share=share, metric=metric, value=found[folder]))
    return max(found, key=lambda folder: found[folder])


def _encode(checkpoint: Checkpoint, max_length: int) -> Callable[[Sequence[str]], Vectors]:
    return partial(embed, checkpoint, prefix=checkpoint.prefix, max_length=max_length)
