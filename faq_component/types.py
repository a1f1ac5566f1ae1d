"""The plain values that recall, decision, Rasa and the action server pass to each other; needs nothing installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

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


@dataclass(frozen=True)
class Part:
    """A message or a part of a long one, and its hits, best first."""

    text: str
    hits: Sequence[Hit]


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
