"""What the confidence is made of: the scores of the best topics, the length of the question, and where it lies.

The first three can be had from any retriever, the others where there is an encoder.
"""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.decision.confidence.out_of_scope import Surroundings
from faq_component.retrieval.question import Question
from faq_component.types import Hit

DEPTH = 5
NAMES = (
    *("score of the best topic", "mean score of the next four", "length up to 40 characters"),
    *("how far inside the topic", "nearness to foreign sentences"),
)
WITHOUT_SURROUNDINGS = 3
_LONGEST = 40

Features = tuple[float, ...]


def features(question: Question, hits: Sequence[Hit], surroundings: Surroundings | None = None) -> Features:
    """The numbers that `NAMES` names, of a question and its hits, best first; what is missing counts as 0.

    Without `surroundings` they are the first three.
    """
    scores = [hit.score for hit in hits[:DEPTH]]
    scores += [0.0] * (DEPTH - len(scores))
    best, *others = scores
    of_scores = best, sum(others) / len(others), float(min(len(question.key), _LONGEST))
    if surroundings is None:
        return of_scores
    return *of_scores, *(surroundings.measure(question, hits[0].topic_id) if hits else (0.0, 0.0))
