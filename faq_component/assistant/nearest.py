"""The nearest known topics, which are offered where nothing is found."""

from __future__ import annotations

from faq_component.types import Hit, Outcome, Result

_OFFERED = 3


def nearest_hits(result: Result, floor: float | None) -> tuple[Hit, ...]:
    """Return the best hits of a rejected question whose confidence reaches the floor (`nearest_floor`); else none."""
    decision = result.decision
    if floor is None or decision.outcome is not Outcome.REJECT or decision.confidence < floor:
        return ()
    return result.hits[:_OFFERED]
