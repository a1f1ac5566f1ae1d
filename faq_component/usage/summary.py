"""The log in figures: what came of the questions of each day, and what users said about answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from faq_component.types import Outcome
from faq_component.usage.events import COMMENT, NONE_OF_THESE, PICKED, USEFUL, WHY, Event, Kind

DAY_COLUMNS = (Outcome.ANSWER.value, Outcome.CLARIFY.value, PICKED, NONE_OF_THESE, Outcome.REJECT.value)


@dataclass(frozen=True)
class Rated:
    """What users said about the answers of a topic.

    Args:
        topic: its id.
        useful: how many found them useful.
        useless: how many did not.
        questions: whose answer was not useful, the most frequent first.
        why: how many gave which reason (`WHY`).
    """

    topic: str
    useful: int
    useless: int
    questions: tuple[str, ...]
    why: dict[str, int]


@dataclass(frozen=True)
class Summary:
    """Counts of `DAY_COLUMNS` and `WORDS` for each day (UTC), earliest first, and the ratings, worst topic first."""

    days: dict[str, Counter[str]]
    rated: tuple[Rated, ...]


def summarize(events: Iterable[Event]) -> Summary:
    """Count; of several ratings that a user gave to one answer the last counts."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    ratings: dict[tuple[str, str, str], Event] = {}
    for event in events:
        if event.kind in (Kind.DECISION, Kind.PICK):
            days[event.time[:10]][event.outcome] += 1
        elif event.kind is Kind.FEEDBACK and event.outcome != COMMENT:
            ratings[event.conversation, event.topic, event.text] = event
    return Summary(dict(sorted(days.items())), _rated(ratings.values()))


def _rated(ratings: Iterable[Event]) -> tuple[Rated, ...]:
    topics: dict[str, list[Event]] = defaultdict(list)
    for event in ratings:
        topics[event.topic].append(event)
    found = []
    for topic, events in topics.items():
        useless = [event for event in events if event.outcome != USEFUL]
        questions = Counter(event.text for event in useless if event.text)
        asked = tuple(text for text, _ in questions.most_common())
        why = Counter(event.outcome for event in useless if event.outcome in WHY)
        found.append(Rated(topic, len(events) - len(useless), len(useless), asked, dict(why)))
    return tuple(sorted(found, key=lambda rated: (-rated.useless, rated.useful, rated.topic)))
