"""The seam of ranking: what every reranker takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.question import Question
from faq_component.types import Hit

Array = npt.NDArray[np.float32]


class Reranker(Protocol):
    """Orders the hits of one query anew."""

    def rerank(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """The same topics and posts with new scores, 0 to 1, best first; hits that score alike keep their order."""
        ...


def ranked(hits: Sequence[Hit], logits: Array) -> list[Hit]:
    """Hits in the order of their logits, scored with the logistic function of them. *Shape:* ``(len(hits),)``.

    The order is that of the logits: far from 0 the function gives the same number for different ones.
    """
    scores = 0.5 * (1.0 + np.tanh(0.5 * logits.astype(np.float64)))  # the logistic function, without overflow
    order = np.argsort(-logits, kind="stable")
    return [Hit(hits[place].topic_id, hits[place].post, float(scores[place])) for place in order.tolist()]
