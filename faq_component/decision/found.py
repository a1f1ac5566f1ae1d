"""What was found for a question, and its form in JSON: in the cache of decisions, and between service and Rasa."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.types import Decision, Hit, Outcome


@dataclass(frozen=True)
class Found:
    """A question's hits, those decided on first (`find`), at least as many as decide, and the decision."""

    hits: Sequence[Hit]
    decision: Decision


def found_to_json(found: Found) -> dict[str, Any]:
    """Scores and confidence in full; the posts are left out."""
    decision = found.decision
    return {
        "outcome": decision.outcome.value,
        "confidence": float(decision.confidence),
        "topics": [hit.topic_id for hit in decision.hits],
        "hits": [{"topic": hit.topic_id, "score": float(hit.score)} for hit in found.hits],
    }


def found_from_json(value: Any, topics: Container[str] | None = None) -> Found | None:
    """What `found_to_json` wrote; None where it is nothing of this kind, or decides on none of these topics."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        hits = tuple(Hit(str(item["topic"]), "", float(item["score"])) for item in value["hits"])
        by_topic = {hit.topic_id: hit for hit in hits if topics is None or hit.topic_id in topics}
        decided = tuple(by_topic[topic_id] for topic_id in value["topics"])
        decision = Decision(Outcome(value["outcome"]), float(value["confidence"]), decided)
        if bool(decision.hits) == (decision.outcome is not Outcome.REJECT):
            return Found(hits, decision)
    return None
