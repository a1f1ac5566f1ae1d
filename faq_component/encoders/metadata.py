"""The metadata of an encoder folder, ``encoder.json``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from faq_component.errors import EncoderError
from faq_component.language import N_, _, listed
from faq_component.support.model_metadata import ModelMetadata

POOLINGS = ("mean", "cls")


@dataclass(frozen=True)
class EncoderMetadata(ModelMetadata):
    """How to use the folder's model: `prefix` precedes each text, `max_length` is in tokens."""

    FILE: ClassVar[str] = "encoder.json"
    NOUN: ClassVar[str] = N_("an encoder")
    MEND: ClassVar[str] = N_("check the setting 'encoder', or make one with `faq encoder export`")

    base: str
    layers: int
    dim: int
    pooling: str
    prefix: str
    max_length: int

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise EncoderError(
                _("pooling is '{pooling}'; this program knows {poolings}").format(
                    pooling=self.pooling, poolings=listed(POOLINGS)
                )
            )

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that the vectors depend on."""
        content = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
