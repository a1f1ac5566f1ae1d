"""Questions to begin a conversation with."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from faq_component.dialogue.scope import Scope
from faq_component.errors import UsageLogError
from faq_component.knowledge.offers import offered, recommended
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq
from faq_component.types import Outcome
from faq_component.usage.events import PICKED, Event, Kind, iso
from faq_component.usage.log import UsageLog, log_file

logger = logging.getLogger(__name__)

SUGGESTED = 5  # questions
_DAYS = 30  # that count as of late
_SECONDS = 60.0  # before the log is read again


@dataclass(frozen=True)
class Suggestion:
    """A question that a user may begin with.

    Args:
        topic: id of the topic that answers it.
        title: of the topic.
        text: the question, the first post of the topic.
    """

    topic: str
    title: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Convert to JSON values."""
        return {"topic": self.topic, "title": self.title, "text": self.text}


class Suggestions:
    """The topics that are recommended; where there are none, those most asked of late by the log.

    Safe for several threads. The log is read at most once a minute.

    Args:
        log: the setting `log`.
    """

    def __init__(self, log: str) -> None:
        self._file = log_file(log)
        self._reading = threading.Lock()
        self._asked: list[str] = []
        self._read_at = -_SECONDS

    def of(self, faq: Faq, count: int, scope: Scope | None = None) -> list[Suggestion]:
        """Return at most `count` questions about topics that are answered now, in the scope.

        Raises:
            ScopeError: no topic has one of the tags.
        """
        within = None if scope is None else topics_in(scope, faq)
        topics = recommended(faq, within) or list(offered(self._most_asked(), faq, within))
        return [Suggestion(topic.id, topic.title, topic.posts[0]) for topic in topics[:count]]

    def _most_asked(self) -> list[str]:
        if self._file is None:
            return []
        with self._reading:
            if time.monotonic() - self._read_at >= _SECONDS:
                try:
                    self._asked = most_asked(UsageLog(self._file).events(), datetime.now(timezone.utc))
                except UsageLogError as error:
                    logger.warning("%s", error)
                self._read_at = time.monotonic()
            return self._asked


def most_asked(events: Iterable[Event], now: datetime) -> list[str]:
    """Return the ids of the topics answered or picked in the last 30 days, the most frequent first."""
    since = iso(now - timedelta(days=_DAYS))
    counts = Counter(
        event.topic
        for event in events
        if event.topic and event.time >= since and (event.kind, event.outcome) in _ANSWERED
    )
    return [topic for topic, _count in counts.most_common()]


_ANSWERED = {(Kind.DECISION, Outcome.ANSWER.value), (Kind.PICK, PICKED)}
