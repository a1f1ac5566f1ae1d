"""Losses of a siamese encoder, over the vectors of a batch of pairs.

All but the pairwise hinge are those of sentence-transformers; both ways of training share them. Unlike most of this
package the module needs torch to be imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from sentence_transformers import util
from sentence_transformers.sentence_transformer import losses as library

from faq_component.training.settings import TrainingSettings

_NO_MODEL: Any = None  # the library's losses encode with a model; here they get vectors

PairLoss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_METRIC = library.SiameseDistanceMetric
_DISTANCES = {"cosine": _METRIC.COSINE_DISTANCE, "euclidean": _METRIC.EUCLIDEAN, "manhattan": _METRIC.MANHATTAN}
# Similarities: the cosine, or the distance with its sign turned.
_PAIRWISE = {
    "cosine": util.pairwise_cos_sim,
    "euclidean": util.pairwise_euclidean_sim,
    "manhattan": util.pairwise_manhattan_sim,
}
_CROSSWISE = {"cosine": util.cos_sim, "euclidean": util.euclidean_sim, "manhattan": util.manhattan_sim}


def similarity(first: torch.Tensor, second: torch.Tensor, distance: str) -> torch.Tensor:
    """Return the similarity of each pair. *Shape:* both ``(pairs, dim)``, result ``(pairs,)``."""
    return _PAIRWISE[distance](first, second)


def build_loss(settings: TrainingSettings) -> PairLoss:
    """Build the sum of the losses that the settings name, a function of both sides' vectors and the labels.

    *Shape:* vectors ``(pairs, dim)`` twice, labels ``(pairs,)`` of 0 and 1; result a scalar.
    """
    losses = [_build(name, settings) for name in settings.losses]
    return lambda first, second, labels: torch.stack([loss(first, second, labels) for loss in losses]).sum()


def _build(name: str, settings: TrainingSettings) -> PairLoss:
    distance = settings.distance
    if name == "hinge":
        return lambda first, second, labels: pairwise_hinge(
            similarity(first, second, distance), labels, settings.margin
        )
    if name == "ranking":
        return _ranking(settings)
    made: torch.nn.Module
    if name == "contrastive":
        made = library.ContrastiveLoss(_NO_MODEL, distance_metric=_DISTANCES[distance], margin=settings.margin)
    elif name == "online-contrastive":
        made = library.OnlineContrastiveLoss(_NO_MODEL, distance_metric=_DISTANCES[distance], margin=settings.margin)
    elif name == "cosent":
        made = library.CoSENTLoss(_NO_MODEL, scale=settings.scale, similarity_fct=_PAIRWISE[distance])
    else:
        made = library.CosineSimilarityLoss(_NO_MODEL)

    def loss(first: torch.Tensor, second: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        value = made.compute_loss_from_embeddings([first, second], labels)
        # The library sums over the hard pairs; a mean per pair has the scale of the other losses.
        return value / len(labels) if name == "online-contrastive" else value

    return loss


def _ranking(settings: TrainingSettings) -> PairLoss:
    """Multiple negatives ranking (Henderson et al. 2017) over the positive pairs of the batch.

    The second sides of all other pairs are negatives, including those of negative pairs, so no two pairs of a batch
    may share a topic. The loss of a batch without a positive pair is 0.
    """
    made = library.MultipleNegativesRankingLoss(
        _NO_MODEL, scale=settings.scale, similarity_fct=_CROSSWISE[settings.distance]
    )

    def loss(first: torch.Tensor, second: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        same = labels > 0.5
        if not same.any():
            return (first * 0.0).sum()
        return made.compute_loss_from_embeddings([first[same], second[same], second[~same]], labels)

    return loss


def pairwise_hinge(scores: torch.Tensor, labels: torch.Tensor, margin: float) -> torch.Tensor:
    r"""Pairwise max-margin hinge loss over all ordered pairs of examples of the batch.

    .. math:: \frac{1}{M} \sum_i \sum_{j \ne i} \max(0, \tau - (y_i - y_j)(p_i - p_j))

    with scores p, labels y, margin :math:`\tau` and :math:`M = n(n - 1)` (Liu et al. 2020, *Beyond Lexical: A Semantic
    Retrieval Framework for Textual Search Engine*). Two examples of the same label add the constant :math:`\tau`, which
    has no gradient. *Shape:* both ``(pairs,)``.
    """
    labels = labels.to(scores.dtype)
    products = (labels[:, None] - labels[None, :]) * (scores[:, None] - scores[None, :])
    hinges = torch.relu(margin - products)
    count = len(scores)
    couples = count * (count - 1)
    return (hinges.sum() - hinges.diagonal().sum()) / max(couples, 1)
