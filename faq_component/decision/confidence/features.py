"""Features of the confidence: scores of the best topics, length of the question, and its place in vector space.

Any retriever gives the first three; the last two need an encoder.
"""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.decision.confidence.out_of_scope import Surroundings
from faq_component.retrieval.question import Question
from faq_component.types import Hit

DEPTH = 5
NAMES = (
    *("score of the best topic", "mean score of the next four", "length up to 40 characters"),
    *("how far inside the topic", "similarity to out-of-domain sentences"),
)
WITHOUT_SURROUNDINGS = 3
_LONGEST = 40

Features = tuple[float, ...]


def features(question: Question, hits: Sequence[Hit], surroundings: Surroundings | None = None) -> Features:
    """Compute the features in `NAMES` from a question and its hits, best first; missing scores count as 0.

    Without `surroundings` only the first three are computed.
    """
    scores = [hit.score for hit in hits[:DEPTH]]
    scores += [0.0] * (DEPTH - len(scores))
    best, *others = scores
    of_scores = best, sum(others) / len(others), float(min(len(question.key), _LONGEST))
    if surroundings is None:
        return of_scores
    return *of_scores, *(surroundings.measure(question, hits[0].topic_id) if hits else (0.0, 0.0))
