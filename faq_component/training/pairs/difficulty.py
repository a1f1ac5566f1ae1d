"""Difficulty of negatives for an encoder, by its own cosines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_component.encoders import Vectors
from faq_component.training.pairs.examples import Example
from faq_component.training.pairs.posts import Posts


@dataclass(frozen=True)
class Difficulty:
    """Mean cosines of positives and negatives, and the share of negatives above the mean of the positives."""

    mean_positive: float
    mean_negative: float
    negatives_above: float


def measure_difficulty(examples: Sequence[Example], posts: Posts, vectors: Vectors) -> Difficulty:
    """Measure pairs drawn from `posts`; there must be positives and negatives.

    *Shape:* vectors ``(len(posts), dim)``, of unit length.
    """
    row = {text: number for number, text in enumerate(posts.texts)}
    cosines = {}
    for same in (True, False):
        pairs = np.array([(row[item.first], row[item.second]) for item in examples if item.same is same])
        cosines[same] = np.einsum("nd,nd->n", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
    mean_positive = float(cosines[True].mean())
    return Difficulty(mean_positive, float(cosines[False].mean()), float((cosines[False] > mean_positive).mean()))
