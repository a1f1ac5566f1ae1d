"""The interface of rerankers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.question import Question
from faq_component.types import Hit

Array = npt.NDArray[np.float32]


class Reranker(Protocol):
    """Reorders the hits of a question."""

    def rerank(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Return the same topics and posts with new scores, 0 to 1, best first; equal scores keep their order."""
        ...


def ranked(hits: Sequence[Hit], logits: Array) -> list[Hit]:
    """Sort hits by their logits, and score them with the logistic function. *Shape:* logits ``(len(hits),)``.

    The logits decide the order: far from 0 the logistic function maps different logits to the same number.
    """
    scores = 0.5 * (1.0 + np.tanh(0.5 * logits.astype(np.float64)))  # the logistic function, without overflow
    order = np.argsort(-logits, kind="stable")
    return [Hit(hits[place].topic_id, hits[place].post, float(scores[place])) for place in order.tolist()]
