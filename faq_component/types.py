"""Value types that retrieval, decision, Rasa and the action server exchange; no dependencies."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

# A decision with at least this confidence, and no other, is on a post that says just what the message says, by
# `comparison_key`. A hit with at least this score has a post that its retriever cannot tell from the question.
CERTAIN = 0.995
# Upper bound of all other confidences: however sure a classifier, reranker or calibration is, only an exact match is
# certain.
BELOW_CERTAIN = CERTAIN - 0.005


@dataclass(frozen=True)
class Hit:
    """A topic found for a query, with its nearest post and its score.

    The score is between 0 and 1 and comparable over the queries of one retriever, not between retrievers.
    """

    topic_id: str
    post: str
    score: float


class Outcome(str, Enum):
    """The bot's reaction to a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REJECT = "reject"


@dataclass(frozen=True)
class Decision:
    """An outcome, its confidence, and the hits concerned.

    `confidence` is the probability that the best hit has the correct topic (`Calibration`), or, with raw thresholds,
    the best hit's score; 1 where a post says just what the message says, and 0 without hits. `hits` has one hit for
    ANSWER, one to three for CLARIFY, none for REJECT.
    """

    outcome: Outcome
    confidence: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Result:
    """The decision of one version of the knowledge base on a question: the value that crosses processes.

    `hits` are the hits of the decision, then the others, best first; those of a long message can come from several
    segments. `version` is `Faq.version` of the knowledge base that decided; empty where the sender had none.
    """

    hits: tuple[Hit, ...]
    decision: Decision
    version: str

    def decided(self) -> Result:
        """Keep only the hits of the decision: Rasa stores the result with every event."""
        return replace(self, hits=self.decision.hits)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values, without posts; numbers are not rounded, so that the decision stays the same."""
        decision = self.decision
        return {
            "outcome": decision.outcome.value,
            "confidence": float(decision.confidence),
            "topics": [hit.topic_id for hit in decision.hits],
            "hits": [{"topic": hit.topic_id, "score": float(hit.score)} for hit in self.hits],
            "version": self.version,
        }

    @classmethod
    def from_json(cls, value: Any, topics: Container[str] | None = None) -> Result | None:
        """Read what `to_json` wrote; None where it has another form, or decides on a topic outside `topics`."""
        if not isinstance(value, Mapping):
            return None
        with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
            hits = tuple(Hit(_text(item["topic"]), "", _number(item["score"])) for item in value["hits"])
            by_topic = {hit.topic_id: hit for hit in hits if topics is None or hit.topic_id in topics}
            decided = tuple(by_topic[topic_id] for topic_id in value["topics"])
            decision = Decision(Outcome(value["outcome"]), _number(value["confidence"]), decided)
            if bool(decision.hits) == (decision.outcome is not Outcome.REJECT):
                return cls(hits, decision, _version(value.get("version")))
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r:.100} is no finite number")
    return float(value)


def _version(value: object) -> str:
    """Return a version of the form of `Faq.version`, which names a file; empty for any other value."""
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16}", value) else ""
