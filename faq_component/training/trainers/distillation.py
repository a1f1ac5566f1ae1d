"""Settings of a distillation, and checks of its teacher and student."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from faq_component.errors import EncoderError, SettingsError
from faq_component.language import N_, _, listed
from faq_component.support.setting_fields import Affects, CheckedSettings, Identity, setting
from faq_component.training.checkpoints.checkpoint import read_checkpoint_note
from faq_component.training.settings import TrainingSettings

_setting = partial(setting, group="Distillation", affects=Affects.TRAINING)
_weight = partial(_setting, low=0.0, high=1_000_000.0)


@dataclass(frozen=True)
class DistillationSettings(CheckedSettings):
    """Weights of TextBrewer's three losses, and the shape of a student that is not the teacher with fewer layers.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds, or all weights are 0.
    """

    hidden_weight: float = _weight(1.0, N_("weight of the hidden states of the embeddings and each layer"))
    vector_weight: float = _weight(
        1.0, N_("weight of the vectors, or of the similarities if the student's vectors are shorter")
    )
    label_weight: float = _weight(0.0, N_("weight of the training loss on the labels"))
    student: str = _setting("", N_("JSON file with the student's shape, as a BertConfig"), identity=Identity.CONTENT)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any((self.hidden_weight, self.vector_weight, self.label_weight)):
            raise SettingsError(_("hidden_weight, vector_weight and label_weight are all 0; there is nothing to learn"))


def check_teacher(teacher: str, settings: TrainingSettings) -> None:
    """Check that the teacher has the pooling and the prefix of the settings.

    Raises:
        EncoderError: it has others.
    """
    note = read_checkpoint_note(teacher)
    for name in ("pooling", "prefix"):
        own, other = getattr(settings, name), note[name]
        if own != other:
            message = _("{teacher} was trained with {name} '{other}', but {name} is '{own}'; set it to the teacher's")
            raise EncoderError(message.format(teacher=teacher, name=name, other=other, own=own))


def check_layers(layers: int, of_teacher: int, alternative: str) -> None:
    """Check that a student made of some of its teacher's layers is smaller than the teacher.

    Args:
        layers: of the student.
        of_teacher: layers of the teacher.
        alternative: the setting that would give another student.

    Raises:
        EncoderError: `layers` is not between 1 and one less than the teacher's.
    """
    if not 1 <= layers < of_teacher:
        message = _("layers is {layers}; a teacher with {count} layers needs 1 to {most} here, or set {alternative}")
        values = {"layers": layers, "count": of_teacher, "most": of_teacher - 1, "alternative": alternative}
        raise EncoderError(message.format(**values))


def read_student(path: str) -> dict[str, Any]:
    """Read the shape of a student: arguments of a BertConfig.

    Raises:
        EncoderError: the file cannot be read, or lacks the sizes of a BERT.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(
            _("{path} cannot be read as JSON ({error}); mend it").format(path=path, error=error)
        ) from error
    wanted = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    missing = [name for name in wanted if not isinstance(content, dict) or not isinstance(content.get(name), int)]
    if missing:
        message = _("{path} lacks {names}; a student's shape needs them as whole numbers")
        raise EncoderError(message.format(path=path, names=listed(missing)))
    return dict(content)


def layer_matches(
    teacher: Mapping[str, int], student: Mapping[str, int], weight: float, learning_rate: float
) -> list[dict[str, Any]]:
    """Match hidden states of student and teacher, as TextBrewer's `intermediate_matches`.

    The student's embeddings match the teacher's, and each layer matches the teacher's layer in proportion: the layers
    of 6 match 2, 4, ..., 12 of 12. A linear map between different widths is learned. The weights sum to `weight`. Both
    mappings have `layers` and `dim`.
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
