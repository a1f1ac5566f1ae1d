"""What is distilled with TextBrewer, and how much each part counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError, SettingsError
from faq_component.training.checkpoints.checkpoint import read_checkpoint_note
from faq_component.training.settings import TrainingSettings


def _weight(default: float, text: str) -> Any:
    return field(default=default, metadata={"help": text, "low": 0.0, "high": 1_000_000.0})


@dataclass(frozen=True)
class DistillationSettings:
    """Weights of the three losses, and the student's shape where it is not the teacher's with fewer layers.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds, or all weights are 0.
    """

    hidden_weight: float = _weight(1.0, "of the hidden states of the embeddings and each layer")
    vector_weight: float = _weight(1.0, "of the vectors; of similarities, where the student's are shorter")
    label_weight: float = _weight(0.0, "of the training's loss on the labels")
    student: str = field(default="", metadata={"help": "JSON file that describes the student as a BertConfig"})

    def __post_init__(self) -> None:
        weights = [item for item in fields(self) if "low" in item.metadata]
        for item in weights:
            value = getattr(self, item.name)
            if not isinstance(value, (int, float)) or not item.metadata["low"] <= value <= item.metadata["high"]:
                raise SettingsError(f"{item.name} is {value!r}; it must be a number from 0 to 1,000,000")
        if not any(getattr(self, item.name) for item in weights):
            raise SettingsError("hidden_weight, vector_weight and label_weight are all 0; there is nothing to learn")


def check_teacher(teacher: str, settings: TrainingSettings) -> None:
    """Check that the teacher's vectors are made as the student's will be.

    Raises:
        EncoderError: it has another pooling or prefix.
    """
    note = read_checkpoint_note(teacher)
    for name in ("pooling", "prefix"):
        own, other = getattr(settings, name), note[name]
        if own != other:
            raise EncoderError(
                f"{teacher} was made for {name} '{other}', the student is to have '{own}'; set {name} to the teacher's"
            )


def check_layers(layers: int, of_teacher: int, otherwise: str) -> None:
    """Check that a student made of some of its teacher's layers is smaller; `otherwise` says what else would make one.

    Raises:
        EncoderError: it is not.
    """
    if not 1 <= layers < of_teacher:
        raise EncoderError(
            f"layers is {layers}; a student of a teacher with {of_teacher} layers needs 1 to {of_teacher - 1}, or "
            f"{otherwise}"
        )


def read_student(path: str) -> dict[str, Any]:
    """The description of a student: what a BertConfig takes.

    Raises:
        EncoderError: the file cannot be read, or lacks the sizes of a BERT.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read as JSON ({error}); mend it") from error
    wanted = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    missing = [name for name in wanted if not isinstance(content, dict) or not isinstance(content.get(name), int)]
    if missing:
        raise EncoderError(f"{path} does not say {', '.join(missing)}; a student's description needs them as numbers")
    return dict(content)


def layer_matches(
    teacher: Mapping[str, int], student: Mapping[str, int], weight: float, learning_rate: float
) -> list[dict[str, Any]]:
    """Which hidden states are compared, as TextBrewer's `intermediate_matches`.

    The embeddings with the embeddings, and each layer of the student with the teacher's layer as far from the top in
    proportion: 6 of 12 match 2, 4, ... 12. Where the widths differ, a linear map is learned between them. The weights
    add up to `weight`. Both mappings have `layers` and `dim`.
    """
    pairs = [(round(layer * teacher["layers"] / student["layers"]), layer) for layer in range(student["layers"] + 1)]
    projection = ["linear", student["dim"], teacher["dim"], {"lr": learning_rate}]
    return [
        {
            "layer_T": upper,
            "layer_S": lower,
            "feature": "hidden",
            "loss": "hidden_mse",
            "weight": weight / len(pairs),
            **({"proj": list(projection)} if student["dim"] != teacher["dim"] else {}),
        }
        for upper, lower in pairs
    ]
