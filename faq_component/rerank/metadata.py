"""The metadata that all ranking models have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from faq_component.errors import EncoderError
from faq_component.support.model_metadata import ModelMetadata

MIN_LENGTH = 16


@dataclass(frozen=True)
class RerankerMetadata(ModelMetadata):
    """Common to the models of ranking; `positions` is the number of tokens that the BERT can take."""

    MEND: ClassVar[str] = "check the setting 'reranker_path'"

    base: str
    layers: int
    dim: int
    positions: int

    def check_max_length(self, max_length: int, folder: Path) -> None:
        """Check that the BERT can take so many tokens, and that there is room for a question and a post.

        Raises:
            EncoderError: it cannot, or there is none.
        """
        if not MIN_LENGTH <= max_length <= self.positions:
            raise EncoderError(
                f"max_length is {max_length}; for the model in {folder} it must be between {MIN_LENGTH} and "
                f"{self.positions} tokens"
            )
