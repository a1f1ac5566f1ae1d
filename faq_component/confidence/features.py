"""What the confidence is made of: the scores of the best topics, and how long the question is.

All of it can be had from any retriever, so that one confidence serves them all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from faq_component.text import comparison_key
from faq_component.types import Hit

DEPTH = 5
NAMES = ("score of the best topic", "its lead over the second", "mean of the next four", "logarithm of the length")

Features = tuple[float, ...]


def features(query: str, hits: Sequence[Hit]) -> Features:
    """The numbers that `NAMES` names, of a question and its hits, best first; what is missing counts as 0."""
    scores = [hit.score for hit in hits[:DEPTH]]
    scores += [0.0] * (DEPTH - len(scores))
    best, *others = scores
    return best, best - others[0], sum(others) / len(others), math.log1p(len(comparison_key(query)))
