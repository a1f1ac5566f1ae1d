"""Conversations as the log has them, and the ratings that call an answer not useful; all texts are masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from faq_component.usage.events import COMMENT, USEFUL, WHY, Event, event_of
from faq_component.usage.figures import Span
from faq_component.usage.log import UsageLog

_EVENT = "id, time, kind, outcome, text, topic, topics, confidence, faq, conversation, channel, milliseconds, scope"
_MOST_RATINGS = 2_000  # rows of ratings that are looked at, the latest


@dataclass(frozen=True)
class Conversation:
    """A conversation in short.

    Args:
        id: hash of its sender.
        first: time of its first event.
        last: time of its last one.
        questions: number of its questions.
        outcomes: all that came of them.
        channel: where it came from; empty where that is not known.
        text: its first question.
    """

    id: str
    first: str
    last: str
    questions: int
    outcomes: frozenset[str]
    channel: str
    text: str


@dataclass(frozen=True)
class BadRating:
    """An answer that a user called not useful.

    Args:
        rating: the event.
        why: the reasons given (`WHY`), the last one first.
        comments: what the user wrote.
    """

    rating: Event
    why: tuple[str, ...]
    comments: tuple[str, ...]


def conversations(
    log: UsageLog,
    span: Span,
    *,
    outcome: str = "",
    channel: str | None = None,
    words: str = "",
    most: int = 50,
    skip: int = 0,
) -> list[Conversation]:
    """Return conversations of a span, the latest first.

    Args:
        log: of what was asked.
        span: in which they said something.
        outcome: what came of one of their questions; empty for all.
        channel: where they came from; None for all.
        words: what one of their texts holds; empty for all.
        most: at most so many.
        skip: how many of the latest are left out.

    Raises:
        UsageLogError: the log cannot be read.
    """
    conditions = {
        "": "sum(kind = 'decision') > 0",
        "outcome": "sum(outcome = :outcome) > 0",
        "channel": "max(channel) = :channel",
        "words": "sum(instr(text, :words)) > 0",
    }
    given = {"outcome": outcome or None, "channel": channel, "words": words or None}
    having = " AND ".join(text for name, text in conditions.items() if not name or given[name] is not None)
    # What is put together are our own conditions, not values.
    query = (
        "SELECT conversation, min(time), max(time), sum(kind = 'decision'), group_concat(DISTINCT outcome), "  # noqa: S608
        "max(channel), min(CASE WHEN kind = 'decision' THEN id END) FROM events "
        "WHERE kind IN ('decision', 'pick', 'feedback') AND time >= :since AND time < :until AND conversation <> '' "
        f"GROUP BY conversation HAVING {having} ORDER BY max(time) DESC LIMIT :most OFFSET :skip"
    )
    rows = log.rows(query, {**given, "since": span.since, "until": span.until, "most": most, "skip": skip})
    marks = ", ".join("?" * len(rows))
    texts = dict(log.rows(f"SELECT id, text FROM events WHERE id IN ({marks})", [row[6] for row in rows]))  # noqa: S608
    return [
        Conversation(name, first, last, questions, frozenset(outcomes.split(",")), channel, texts.get(number, ""))
        for name, first, last, questions, outcomes, channel, number in rows
    ]


def events_of(log: UsageLog, conversation: str) -> list[Event]:
    """Return the events of a conversation, in their order.

    Raises:
        UsageLogError: the log cannot be read.
    """
    return list(_events(log, "conversation = ? AND kind <> 'review' ORDER BY id LIMIT 1000", (conversation,)))


def bad_ratings(log: UsageLog, span: Span, *, why: str = "") -> list[BadRating]:
    """Return the answers that users called not useful in a span, the latest first.

    Of several ratings of one answer by one user the last counts; `why` keeps those with this reason only.

    Raises:
        UsageLogError: the log cannot be read.
    """
    where = f"kind = 'feedback' AND time >= ? AND time < ? ORDER BY id DESC LIMIT {_MOST_RATINGS}"
    found: dict[tuple[str, str], BadRating] = {}
    for event in reversed(list(_events(log, where, (span.since, span.until)))):
        place = event.conversation, event.topic
        known = found.get(place)
        if event.outcome == COMMENT:
            if known:
                found[place] = BadRating(known.rating, known.why, (*known.comments, event.text))
        elif event.outcome == USEFUL:
            found.pop(place, None)
        elif event.outcome in WHY and known:
            found[place] = BadRating(known.rating, (event.outcome, *known.why), known.comments)
        else:
            found[place] = BadRating(event, (event.outcome,) if event.outcome in WHY else (), ())
    bad = [rating for rating in found.values() if not why or why in rating.why]
    return sorted(bad, key=lambda one: -one.rating.id)


def _events(log: UsageLog, where: str, values: tuple[object, ...]) -> Iterator[Event]:
    names = _EVENT.split(", ")
    for row in log.rows(f"SELECT {_EVENT} FROM events WHERE {where}", values):  # noqa: S608
        yield event_of(dict(zip(names, row, strict=True)))
