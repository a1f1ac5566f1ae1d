"""From hits to a decision: answer, ask back, or say that one does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faq_component.types import CERTAIN, Decision, Hit, Outcome

MAX_CHOICES = 3


@dataclass(frozen=True)
class Thresholds:
    """Bounds on the confidence, 0 to 1, of one retriever: chosen on development data, see `DEFAULT_THRESHOLDS`."""

    answer: float
    clarify: float
    margin: float


def decide(hits: Sequence[Hit], thresholds: Thresholds) -> Decision:
    """Decide on the hits of one query, best first.

    ANSWER when the best score reaches `answer` and leads the second topic by `margin`, or when a post says just what
    was asked; CLARIFY between topics that reach `clarify`; REJECT otherwise.
    """
    if not hits or hits[0].score < thresholds.clarify:
        return Decision(Outcome.REJECT, hits[0].score if hits else 0.0, ())
    best = hits[0]
    lead = best.score - (hits[1].score if len(hits) > 1 else 0.0)
    certain = best.score >= CERTAIN and lead > 0
    if certain or (best.score >= thresholds.answer and lead >= thresholds.margin):
        return Decision(Outcome.ANSWER, best.score, (best,))
    choices = tuple(hit for hit in hits[:MAX_CHOICES] if hit.score >= thresholds.clarify)
    return Decision(Outcome.CLARIFY, best.score, choices)
