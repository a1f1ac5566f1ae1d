"""Losses against numbers worked by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.training.needs import needs_training

if TYPE_CHECKING:
    from faq_component.training.network.losses import PairLoss

pytestmark = needs_training
torch = pytest.importorskip("torch", reason="torch is not installed; install the extra 'train'")


def _loss(name: str, **settings: Any) -> PairLoss:
    from faq_component.training.network.losses import build_loss
    from faq_component.training.settings import TrainingSettings

    return build_loss(TrainingSettings(loss=name, **settings))


# Cosines of the three pairs: 1, 0 and 0.6; distances 0, 1 and 0.4.
FIRST = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
SECOND = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
LABELS = torch.tensor([1.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Half the mean of 0, 1 and (0.5 - 0.4)^2.
        ("contrastive", 0.5 * (0.0 + 1.0 + 0.01) / 3),
        # The negative (0.4) is nearer than the farthest positive (1): hard; the one negative's distance is the bound
        # for positives only where there are two negatives, so the positive above the mean of positives (0.5) is hard.
        ("online-contrastive", (1.0 + 0.01) / 3),
        ("cosine", (0.0 + 1.0 + 0.36) / 3),
        # The negative's 0.6 less the positives' 1 and 0, times 20: log(1 + e^-8 + e^12).
        ("cosent", math.log(1 + math.exp(-8) + math.exp(12))),
        # Couples (1, 3), (2, 3) and their mirror images: max(0, 0.5 - 0.4) and max(0, 0.5 + 0.6), both twice;
        # couples of equal labels: 0.5, (1, 2) twice. 6 couples.
        ("hinge", (2 * 0.1 + 2 * 1.1 + 2 * 0.5) / 6),
        # Queries: first sides of pairs 1 and 2; candidates: second sides of 1, 2, then 3.
        # Pair 1: cosines 1, 0, 1; pair 2: cosines 1, 0, 1, its own is the 0.
        (
            "ranking",
            ((math.log(2 * math.exp(20) + 1) - 20) + math.log(2 * math.exp(20) + 1)) / 2,
        ),
    ],
)
def test_losses_by_hand(name: str, expected: float) -> None:
    loss = _loss(name)(FIRST, SECOND, LABELS)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_a_mixture_is_the_sum() -> None:
    parts = [float(_loss(name)(FIRST, SECOND, LABELS)) for name in ("cosent", "ranking", "hinge")]
    assert float(_loss("cosent+ranking+hinge")(FIRST, SECOND, LABELS)) == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize(("distance", "value"), [("euclidean", math.sqrt(2)), ("manhattan", 2.0)])
def test_other_distances(distance: str, value: float) -> None:
    loss = _loss("contrastive", distance=distance, margin=3.0)(FIRST[1:2], SECOND[1:2], torch.tensor([0.0]))
    assert float(loss) == pytest.approx(0.5 * (3.0 - value) ** 2, rel=1e-4)


@pytest.mark.parametrize("labels", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
@pytest.mark.parametrize("name", ["contrastive", "online-contrastive", "cosine", "cosent", "hinge", "ranking"])
def test_batches_of_one_label_have_finite_gradients(name: str, labels: list[float]) -> None:
    first = FIRST.clone().requires_grad_()
    loss = _loss(name)(first, SECOND, torch.tensor(labels))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(first.grad).all()
