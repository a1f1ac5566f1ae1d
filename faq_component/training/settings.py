"""The settings of a training, once: the command line reads this class."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from faq_component.errors import SettingsError

FRAMEWORKS = ("trainer", "sentence-transformers")
LOSSES = ("contrastive", "online-contrastive", "cosine", "cosent", "hinge", "ranking")
POOLINGS = ("mean", "cls", "max")
DISTANCES = ("cosine", "euclidean", "manhattan")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
LAYERS_FROM = ("first", "even")


def _setting(default: Any, text: str, **bounds: Any) -> Any:
    return field(default=default, metadata={"help": text, **bounds})


@dataclass(frozen=True)
class TrainingSettings:
    """How an encoder is trained.

    `loss` is one loss, or several joined by ``+`` whose sum is taken: pair losses learn from the labels, ``ranking``
    from the other pairs of the batch.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """

    loss: str = _setting("cosent+ranking", f"losses to add up, of {', '.join(LOSSES)}")
    prefix: str = _setting("", "goes before each text; trained away, it costs time for nothing")
    pooling: str = _setting("mean", "what makes one vector of a text's tokens", choices=POOLINGS)
    distance: str = _setting("cosine", "what the loss compares vectors by", choices=DISTANCES)
    margin: float = _setting(0.5, "distance from which negatives are let be; the hinge's tau", low=0.0, high=1_000.0)
    scale: float = _setting(20.0, "inverse temperature of cosent and ranking", low=0.001, high=1_000.0)
    max_length: int = _setting(64, "tokens at which texts are cut", low=4, high=512)
    layers: int = _setting(0, "layers to keep of the base; 0 keeps all", low=0, high=96)
    layers_from: str = _setting("first", "which ones: the first, or evenly spaced", choices=LAYERS_FROM)
    batch_size: int = _setting(64, "pairs per step and process", low=2, high=65_536)
    batch_tokens: int = _setting(16_384, "padded tokens at which a batch ends early", low=64, high=10_000_000)
    learning_rate: float = _setting(5e-5, "peak of the learning rate", low=0.0, high=1.0)
    warmup: float = _setting(0.05, "share of the steps in which it rises", low=0.0, high=1.0)
    weight_decay: float = _setting(0.01, "of AdamW", low=0.0, high=1.0)
    epochs: float = _setting(1.0, "passes over the pairs", low=0.0, high=10_000.0)
    max_pairs: int = _setting(0, "train on so many pairs, drawn at random; 0 takes all", low=0, high=10**9)
    precision: str = _setting("auto", "auto takes bf16 where the processor has it", choices=PRECISIONS)
    evaluations: int = _setting(4, "evaluations, evenly spaced; the best one's checkpoint is kept", low=1, high=1_000)
    checkpoints: int = _setting(10, "checkpoints to go on from after a stop, evenly spaced", low=1, high=1_000)
    best_by: str = _setting("", "metric that says which checkpoint is best; empty takes the first evaluator's")
    threads: int = _setting(0, "threads of PyTorch; 0 leaves them", low=0, high=256)
    seed: int = _setting(0, "of everything that is drawn", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        for item in fields(self):
            value, bounds = getattr(self, item.name), item.metadata
            kind = type(item.default)
            if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
                raise SettingsError(f"{item.name} is {value!r}; it must be a {kind.__name__}")
            if "choices" in bounds and value not in bounds["choices"]:
                raise SettingsError(f"{item.name} is '{value}'; choose one of {', '.join(bounds['choices'])}")
            if "low" in bounds and not bounds["low"] <= value <= bounds["high"]:
                raise SettingsError(f"{item.name} is {value}; it must be from {bounds['low']} to {bounds['high']}")
        unknown = [name for name in self.losses if name not in LOSSES]
        if unknown or not self.losses:
            raise SettingsError(f"loss is '{self.loss}'; join some of {', '.join(LOSSES)} by +")

    @property
    def losses(self) -> tuple[str, ...]:
        """The names in `loss`."""
        return tuple(name.strip() for name in self.loss.split("+") if name.strip())

    @property
    def in_batch(self) -> bool:
        """Whether pairs of a batch are each other's negatives, so that no two of them may be of one topic."""
        return "ranking" in self.losses
