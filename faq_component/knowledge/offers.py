"""What is offered beside an answer, and at the beginning: topics that may be answered now, in the scope."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from faq_component.knowledge import options
from faq_component.knowledge.topics import Faq, Topic


@dataclass(frozen=True)
class Lead:
    """A topic that is offered, and the title of its button."""

    topic: Topic
    title: str

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {"topic": self.topic.id, "title": self.title}


@dataclass(frozen=True)
class Leads:
    """The topics that are offered after an answer.

    Args:
        follow: that lead on from it.
        related: that are related to it, without those that lead on.
    """

    follow: tuple[Lead, ...] = ()
    related: tuple[Lead, ...] = ()

    @property
    def all(self) -> tuple[Lead, ...]:
        """The leads in the order of their buttons."""
        return (*self.follow, *self.related)


NO_LEADS = Leads()


def leads_of(topic: Topic, faq: Faq, within: Container[str] | None = None) -> Leads:
    """Return the topics that a topic leads on to, without those that are not answered now or are out of scope.

    `within` are the ids of the topics in the scope; None where all are.
    """
    titles = {follow.topic: follow.title for follow in topic.options.follow}
    follow = tuple(Lead(found, titles[found.id] or found.title) for found in offered(titles, faq, within))
    others = [other for other in topic.options.related if other not in titles]
    return Leads(follow, tuple(Lead(found, found.title) for found in offered(others, faq, within)))


def offered(ids: Iterable[str], faq: Faq, within: Container[str] | None = None) -> Iterator[Topic]:
    """Yield the topics of these ids that the FAQ has, that are answered now, and that are in the scope."""
    now = options.now()
    for topic_id in ids:
        topic = faq.by_id.get(topic_id)
        if topic and topic.options.active(now) and (within is None or topic_id in within):
            yield topic


def recommended(faq: Faq, within: Container[str] | None = None) -> list[Topic]:
    """Return the topics that are recommended, in the order of the FAQ."""
    return list(offered((topic.id for topic in faq.topics if topic.options.recommend), faq, within))
