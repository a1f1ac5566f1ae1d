"""What is written down: one event for each decision, choice, rating and review."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from faq_component.dialogue.scope import Scope
from faq_component.types import Outcome, Result

# Outcomes of events other than decisions.
PICKED, NONE_OF_THESE = "picked", "none"
USEFUL, USELESS = "useful", "useless"
WRONG, UNCLEAR, OUTDATED, OTHER = "wrong", "unclear", "outdated", "other"
WHY = (WRONG, UNCLEAR, OUTDATED, OTHER)  # that an answer was useless, after the event that says so
COMMENT = "comment"
# Of a decision that a word which must not pass has changed: the list that holds it.
WORDS = ("user.refuse", "user.hand_over", "user.mask", "bot.refuse", "bot.mask")
POST, OUT_OF_SCOPE, DONE = "post", "out_of_scope", "done"
REOPENED = "reopened"  # a review that takes the one before it back


class Kind(str, Enum):
    """What an event is about."""

    DECISION = "decision"
    PICK = "pick"
    FEEDBACK = "feedback"
    REVIEW = "review"


@dataclass(frozen=True)
class Event:
    """One row of the log.

    Args:
        kind: a decision on a question, a choice after a clarifying question, a rating of an answer, a review of a
            question.
        outcome: of a decision ``answer``, ``clarify`` or ``reject``, or the list (`WORDS`) whose word a message or an
            answer held, in a row of its own without a text; of a choice ``picked`` or ``none``; of a rating
            ``useful`` or ``useless``, then a reason (`WHY`) or ``comment``; of a review ``post``, ``out_of_scope``,
            ``done``, or ``reopened``, which takes the one before it back.
        text: the question, or the comment; masked when it is written.
        topic: id of the topic that was answered, picked, rated or chosen in a review; empty where there is none.
        topics: ids and scores of the topics recalled, those decided on first, or of those offered (without scores).
        confidence: of a decision, 0 to 1.
        faq: fingerprint of the FAQ that decided.
        conversation: the sender's id; hashed with the log's salt when it is written, so read back as that hash.
        channel: where the message came from; empty where it is not known.
        time: UTC, ISO 8601, to the millisecond.
        milliseconds: of a decision, how long search and decision took; None where that is not known.
        scope: of a decision, the tags that limited the search (`Scope.name`); empty where nothing did.
        id: the row's number; 0 before it is written.
    """

    kind: Kind
    outcome: str
    text: str = ""
    topic: str = ""
    topics: tuple[tuple[str, float | None], ...] = ()
    confidence: float | None = None
    faq: str = ""
    conversation: str = ""
    channel: str = ""
    time: str = ""
    milliseconds: float | None = None
    scope: str = ""
    id: int = 0


def decision_event(
    text: str,
    result: Result,
    *,
    faq: str,
    conversation: str,
    channel: str | None,
    milliseconds: float | None = None,
    scope: Scope | None = None,
) -> Event:
    """The event of a decision on a question, with all that was recalled."""
    decision = result.decision
    return Event(
        Kind.DECISION,
        decision.outcome.value,
        text=text,
        topic=decision.hits[0].topic_id if decision.outcome is Outcome.ANSWER else "",
        topics=tuple((hit.topic_id, round(hit.score, 4)) for hit in result.hits),
        confidence=round(decision.confidence, 4),
        faq=faq,
        conversation=conversation,
        channel=channel or "",
        milliseconds=None if milliseconds is None else round(milliseconds, 2),
        scope=scope.name if scope else "",
    )


def words_event(words: str, *, faq: str, conversation: str, channel: str | None, topic: str = "") -> Event:
    """The event of a word that must not pass: which list holds it (`WORDS`), not the word, nor the message."""
    return Event(Kind.DECISION, words, topic=topic, faq=faq, conversation=conversation, channel=channel or "")


def now() -> str:
    """The present moment, as events bear it."""
    return iso(datetime.now(timezone.utc))


def iso(moment: datetime) -> str:
    """A moment as events bear it, so that texts sort as moments do."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def topics_to_json(topics: Sequence[tuple[str, float | None]]) -> str:
    """The column `topics`."""
    return json.dumps(list(topics), ensure_ascii=False)


def event_of(row: Mapping[str, Any]) -> Event:
    """The event of a row."""
    topics = tuple((topic, score) for topic, score in json.loads(row["topics"]))
    return Event(**{**row, "kind": Kind(row["kind"]), "topics": topics})
