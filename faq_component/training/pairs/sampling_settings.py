"""Settings of the sampling of pairs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from faq_component.errors import SettingsError
from faq_component.language import _, listed
from faq_component.training.pairs.clusters import CLUSTERINGS

STRATEGIES = ("local", "global", "hard")

_BOUNDS: dict[str, tuple[float, float]] = {
    "positives_per_post": (0, 1_000),
    "negatives_per_post": (0, 1_000),
    "beta": (0.01, 1e6),
    "skip": (0, 10_000),
    "max_cosine": (-1.0, 1.0),
    "balance": (0.01, 100.0),
    "seed": (0, 2**32 - 1),
}
_CHOICES = {"strategy": STRATEGIES, "clustering": CLUSTERINGS}


@dataclass(frozen=True)
class SamplingSettings:
    """Settings of the sampling of pairs from a knowledge base.

    Args:
        positives_per_post: most other posts of its topic that a post is paired with.
        negatives_per_post: most posts of other topics that a post is paired with.
        strategy: source of the negatives: ``local`` takes posts of the same cluster, ``global`` of all posts, ``hard``
            the nearest ones.
        clustering: ``kmeans`` or ``mixture`` (of Gaussians with diagonal covariances); ``local`` only.
        beta: topics per cluster; more give fewer clusters and easier negatives; ``local`` only.
        skip: how many of the nearest posts to pass over; ``hard`` only.
        max_cosine: posts above it are passed over too, since their topic is probably the same; ``hard`` only.
        balance: negatives per positive to cut the result to; None leaves it as drawn.
        seed: of the random draws.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds, or nothing would be drawn.
    """

    positives_per_post: int = 2
    negatives_per_post: int = 2
    strategy: str = "local"
    clustering: str = "kmeans"
    beta: float = 2.0
    skip: int = 0
    max_cosine: float | None = None
    balance: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in _CHOICES:
                _check_choice(item.name, value)
            elif value is not None or item.default is not None:
                _check_number(item.name, value, whole=isinstance(item.default, int))
        if not self.positives_per_post + self.negatives_per_post:
            raise SettingsError(
                _("positives_per_post and negatives_per_post are both 0; draw at least one kind of pair")
            )
        if self.balance is not None and not self.positives_per_post * self.negatives_per_post:
            message = _("balance is {balance}, but only one kind of pair is drawn; draw both")
            raise SettingsError(message.format(balance=self.balance))


def _check_choice(name: str, value: Any) -> None:
    if value not in _CHOICES[name]:
        message = _("{name} is {value!r}; choose one of {choices}")
        raise SettingsError(message.format(name=name, value=value, choices=listed(_CHOICES[name])))


def _check_number(name: str, value: Any, *, whole: bool) -> None:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        kind = _("a whole number") if whole else _("a number")
        raise SettingsError(_("{name} is {value!r}; it must be {kind}").format(name=name, value=value, kind=kind))
    low, high = _BOUNDS[name]
    if not low <= value <= high:
        message = _("{name} is {value}; it must be from {low:g} to {high:g}")
        raise SettingsError(message.format(name=name, value=value, low=low, high=high))
