"""The settings of a training; the command line makes its flags from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from faq_component.errors import SettingsError
from faq_component.language import N_, _, listed
from faq_component.support.setting_fields import Affects, CheckedSettings, setting

FRAMEWORKS = ("trainer", "sentence-transformers")
LOSSES = ("contrastive", "online-contrastive", "cosine", "cosent", "hinge", "ranking")
POOLINGS = ("mean", "cls", "max")
DISTANCES = ("cosine", "euclidean", "manhattan")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
LAYERS_FROM = ("first", "even")

_setting = partial(setting, group="Training", affects=Affects.TRAINING)


@dataclass(frozen=True)
class TrainingSettings(CheckedSettings):
    """Settings of a training.

    `loss` is one loss, or several joined by ``+``, which are summed: pair losses learn from the labels, ``ranking``
    from the other pairs of the batch.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """

    # The help lists LOSSES: a message is a constant.
    loss: str = _setting(
        "cosent+ranking",
        N_("losses to sum, joined by +: contrastive, online-contrastive, cosine, cosent, hinge, ranking"),
    )
    prefix: str = _setting("", N_("text put before each text; a trained encoder needs none, and each costs time"))
    pooling: str = _setting("mean", N_("how the vectors of the tokens become one"), choices=POOLINGS)
    distance: str = _setting("cosine", N_("distance of two vectors, for the loss"), choices=DISTANCES)
    margin: float = _setting(
        0.5, N_("distance beyond which a negative adds no loss; tau of the hinge loss"), low=0.0, high=1_000.0
    )
    scale: float = _setting(20.0, N_("inverse temperature of cosent and ranking"), low=0.001, high=1_000.0)
    max_length: int = _setting(64, N_("tokens at which texts are cut"), low=4, high=512)
    layers: int = _setting(0, N_("layers of the base to keep; 0 keeps all"), low=0, high=96)
    layers_from: str = _setting("first", N_("which layers to keep: the first, or evenly spaced"), choices=LAYERS_FROM)
    batch_size: int = _setting(64, N_("pairs per step and process"), low=2, high=65_536)
    batch_tokens: int = _setting(16_384, N_("padded tokens at which a batch ends early"), low=64, high=10_000_000)
    learning_rate: float = _setting(5e-5, N_("peak learning rate"), low=0.0, high=1.0)
    warmup: float = _setting(0.05, N_("share of the steps in which the learning rate rises"), low=0.0, high=1.0)
    weight_decay: float = _setting(0.01, N_("weight decay of AdamW"), low=0.0, high=1.0)
    epochs: float = _setting(1.0, N_("passes over the pairs"), low=0.0, high=10_000.0)
    max_pairs: int = _setting(0, N_("train on so many pairs, drawn at random; 0 takes all"), low=0, high=10**9)
    precision: str = _setting("auto", N_("auto takes bf16 where the processor has it"), choices=PRECISIONS)
    evaluations: int = _setting(
        4, N_("evaluations, evenly spaced; the encoder of the best one is kept"), low=1, high=1_000
    )
    checkpoints: int = _setting(
        10, N_("checkpoints, evenly spaced, from which a stopped training resumes"), low=1, high=1_000
    )
    best_by: str = _setting("", N_("metric that chooses the best encoder; empty takes the first evaluator's"))
    threads: int = _setting(0, N_("threads of PyTorch; 0 leaves its default"), low=0, high=256)
    seed: int = _setting(0, N_("seed of everything that is drawn"), low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = [name for name in self.losses if name not in LOSSES]
        if unknown or not self.losses:
            message = _("loss is '{loss}'; join some of {losses} by +")
            raise SettingsError(message.format(loss=self.loss, losses=listed(LOSSES)))

    @property
    def losses(self) -> tuple[str, ...]:
        """The names in `loss`."""
        return tuple(name.strip() for name in self.loss.split("+") if name.strip())

    @property
    def in_batch(self) -> bool:
        """Whether pairs of a batch serve as negatives of each other, so that no two may be of one topic."""
        return "ranking" in self.losses
