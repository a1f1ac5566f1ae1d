"""The plain values that retrieval, decision, Rasa and the action server pass to each other; needs nothing installed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

# A hit of this score is a post that says just what was asked.
CERTAIN = 0.995
# The greatest score of a post in other words, and the greatest probability of a topic found by one: a classifier, a
# reranker or a calibration may be all but sure of it, yet only the same words are certain.
BELOW_CERTAIN = CERTAIN - 0.005


@dataclass(frozen=True)
class Hit:
    """One topic found for a query: its nearest post, and the score of that post.

    The score is between 0 and 1 and comparable over the queries of one retriever, not between retrievers.
    """

    topic_id: str
    post: str
    score: float


class Outcome(str, Enum):
    """What the bot does with a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REJECT = "reject"


@dataclass(frozen=True)
class Decision:
    """What to do, how sure, and on which hits.

    `confidence` is the probability that the best hit's topic is the right one (`Calibration`), or, where raw thresholds
    are set, the best hit's score; 0 without hits. `hits` are the topics concerned: one for ANSWER, one to three for
    CLARIFY, none for REJECT.
    """

    outcome: Outcome
    confidence: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Result:
    """What one version of the knowledge base says to a question: the value that crosses processes.

    `hits` are those decided on, and after them the others that were found, best first: of a long message they may be of
    several segments. `version` is `Faq.version` of the knowledge base that decided; empty in a message of a program
    that has none.
    """

    hits: tuple[Hit, ...]
    decision: Decision
    version: str

    def decided(self) -> Result:
        """The result with the hits decided on alone, as Rasa's messages carry it: each is kept with every event."""
        return replace(self, hits=self.decision.hits)

    def to_json(self) -> dict[str, Any]:
        """As JSON values. Posts are left out; scores and confidence are in full, so that nothing is decided anew."""
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
        """What `to_json` wrote; None where it is nothing of this kind, or decides on none of these topics."""
        if not isinstance(value, Mapping):
            return None
        with contextlib.suppress(KeyError, TypeError, ValueError):
            hits = tuple(Hit(_text(item["topic"]), "", float(item["score"])) for item in value["hits"])
            by_topic = {hit.topic_id: hit for hit in hits if topics is None or hit.topic_id in topics}
            decided = tuple(by_topic[topic_id] for topic_id in value["topics"])
            decision = Decision(Outcome(value["outcome"]), float(value["confidence"]), decided)
            if bool(decision.hits) == (decision.outcome is not Outcome.REJECT):
                return cls(hits, decision, _version(value.get("version")))
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _version(value: object) -> str:
    """A version of the form that `Faq.version` has, for it names a file; empty where it is none."""
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16}", value) else ""
