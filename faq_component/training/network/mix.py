"""Interpolate the weights of a base and its fine-tuned checkpoint.

An encoder that is fine-tuned on pairs of one kind forgets some of the rest. Between its weights and those of its base
lie encoders that keep both (Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, equation 1).
"""

from __future__ import annotations

from pathlib import Path

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.training.checkpoints.checkpoint import load_checkpoint
from faq_component.training.checkpoints.saving import save_checkpoint


def mix_checkpoints(base: str, tuned: str, target: Path, share: float) -> None:
    """Write the checkpoint whose parameters are ``(1 - share) * base + share * tuned``.

    Pooling, prefix and tokenizer are those of `tuned`.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        EncoderError: one cannot be loaded, their shapes differ, or `share` is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        message = _("share is {share:g}; it must be from 0 (the first checkpoint) to 1 (the second)")
        raise EncoderError(message.format(share=share))
    first, second = load_checkpoint(base), load_checkpoint(tuned)
    old, new = first.model.state_dict(), second.model.state_dict()
    other = [name for name in old.keys() | new.keys() if name not in old or name not in new]
    other += [name for name in old.keys() & new.keys() if old[name].shape != new[name].shape]
    if other:
        message = _("{base} and {tuned} differ in the shape of {name}; mix checkpoints of one base")
        raise EncoderError(message.format(base=base, tuned=tuned, name=min(other)))
    second.model.load_state_dict(
        {name: old[name].lerp(value, share) if value.is_floating_point() else value for name, value in new.items()}
    )
    save_checkpoint(second, target)
