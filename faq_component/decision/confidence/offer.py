"""The choice of topics for a clarifying question."""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.types import Hit

MAX_CHOICES = 3
_WITHIN = 0.5  # share of the best score that a topic needs to be offered


def worth_offering(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Return the hits for a clarifying question: at most three, each with at least half the best score."""
    return [hit for hit in hits[:MAX_CHOICES] if hit.score >= _WITHIN * hits[0].score]
