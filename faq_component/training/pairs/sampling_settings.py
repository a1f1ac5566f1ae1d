"""Settings of the sampling of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.support.setting_fields import Affects, CheckedSettings, setting
from faq_component.training.pairs.clusters import CLUSTERINGS

STRATEGIES = ("local", "global", "hard")

_setting = partial(setting, group="Sampling", affects=Affects.TRAINING)


@dataclass(frozen=True)
class SamplingSettings(CheckedSettings):
    """Settings of the sampling of pairs from a knowledge base.

    The sources of negatives, `strategy`, are the posts of the same cluster (``local``), all posts (``global``), or the
    nearest ones (``hard``). Clusters are those of k-means or of a mixture of Gaussians with diagonal covariances.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds, or nothing would be drawn.
    """

    positives_per_post: int = _setting(2, "most other posts of its topic that a post is paired with", low=0, high=1_000)
    negatives_per_post: int = _setting(2, "most posts of other topics that a post is paired with", low=0, high=1_000)
    strategy: str = _setting("local", "source of the negatives", choices=STRATEGIES)
    clustering: str = _setting("kmeans", "how posts are clustered; local only", choices=CLUSTERINGS)
    beta: float = _setting(
        2.0, "topics per cluster; more give fewer clusters and easier negatives; local only", low=0.01, high=1e6
    )
    skip: int = _setting(0, "how many of the nearest posts to pass over; hard only", low=0, high=10_000)
    max_cosine: float | None = _setting(
        None,
        "posts above it are passed over too, since their topic is probably the same; hard only",
        low=-1.0,
        high=1.0,
    )
    balance: float | None = _setting(
        None, "negatives per positive to cut the result to; open leaves it as drawn", low=0.01, high=100.0
    )
    seed: int = _setting(0, "seed of everything that is drawn", low=0, high=2**32 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.positives_per_post + self.negatives_per_post:
            raise SettingsError(
                _("positives_per_post and negatives_per_post are both 0; draw at least one kind of pair")
            )
        if self.balance is not None and not self.positives_per_post * self.negatives_per_post:
            message = _("balance is {balance}, but only one kind of pair is drawn; draw both")
            raise SettingsError(message.format(balance=self.balance))
