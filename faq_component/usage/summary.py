"""The log in figures: what came of the questions of each day, and what users said about answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from faq_component.types import Outcome
from faq_component.usage.events import NONE_OF_THESE, PICKED, USEFUL, Event, Kind

DAY_COLUMNS = (Outcome.ANSWER.value, Outcome.CLARIFY.value, PICKED, NONE_OF_THESE, Outcome.REJECT.value)


@dataclass(frozen=True)
class Rated:
    """What users said about the answers of a topic: how many, and the questions whose answer was not useful."""

    topic: str
    useful: int
    useless: int
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """Counts of `DAY_COLUMNS` for each day (UTC), earliest first, and the ratings, worst topic first."""

    days: dict[str, Counter[str]]
    rated: tuple[Rated, ...]


def summarize(events: Iterable[Event]) -> Summary:
    """Count; of several ratings that a user gave to one answer the last counts."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    ratings: dict[tuple[str, str, str], Event] = {}
    for event in events:
        if event.kind in (Kind.DECISION, Kind.PICK):
            days[event.time[:10]][event.outcome] += 1
        elif event.kind is Kind.FEEDBACK:
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
        found.append(Rated(topic, len(events) - len(useless), len(useless), asked))
    return tuple(sorted(found, key=lambda rated: (-rated.useless, rated.useful, rated.topic)))
