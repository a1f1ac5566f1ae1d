"""Metadata common to all rerankers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from faq_component.errors import EncoderError
from faq_component.language import N_, _
from faq_component.support.model_metadata import ModelMetadata

MIN_LENGTH = 16


@dataclass(frozen=True)
class RerankerMetadata(ModelMetadata):
    """Metadata common to all rerankers; `positions` is the number of tokens that the BERT accepts."""

    MEND: ClassVar[str] = N_("check the setting 'reranker_path'")

    base: str
    layers: int
    dim: int
    positions: int

    def check_max_length(self, max_length: int, folder: Path) -> None:
        """Check that the BERT accepts `max_length` tokens, and that a question and a post fit into them.

        Raises:
            EncoderError: `max_length` is too large or too small.
        """
        if not MIN_LENGTH <= max_length <= self.positions:
            raise EncoderError(
                _(
                    "max_length is {max_length}; for the model in {folder} it must be between {least} and {most} tokens"
                ).format(max_length=max_length, folder=folder, least=MIN_LENGTH, most=self.positions)
            )
