"""Questions to begin a conversation with."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from faq_component.dialogue.scope import Scope
from faq_component.dialogue.words import NO_WORDS, Side
from faq_component.errors import UsageLogError
from faq_component.knowledge.offers import offered, recommended
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq
from faq_component.usage.figures import Span, topics_asked
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

    Safe for several threads. The log is read at most once a minute, and after the first time in a thread of its own,
    while the list of before goes on to be given.

    Args:
        log: the setting `log`.
    """

    def __init__(self, log: str) -> None:
        self._file = log_file(log)
        self._reading = threading.Lock()
        self._asked: list[str] | None = None
        self._read_at = 0.0

    def of(self, faq: Faq, count: int, scope: Scope | None = None, bot: Side = NO_WORDS.bot) -> list[Suggestion]:
        """Return at most `count` questions about topics that are answered now, in the scope.

        One whose text or title holds a word of `bot` is left out: with stars, it would be no question.

        Raises:
            ScopeError: no topic has one of the tags.
        """
        within = None if scope is None else topics_in(scope, faq)
        topics = recommended(faq, within) or list(offered(self._most_asked(), faq, within))
        passing = (topic for topic in topics if bot.passing(topic.title, topic.posts[0]) is None)
        return [Suggestion(topic.id, topic.title, topic.posts[0]) for topic in islice(passing, count)]

    def _most_asked(self) -> list[str]:
        if self._file is None:
            return []
        if self._asked is None:
            with self._reading:
                return self._read(self._file) if self._asked is None else self._asked
        if time.monotonic() - self._read_at >= _SECONDS and self._reading.acquire(blocking=False):
            threading.Thread(target=self._read_again, args=(self._file,), daemon=True).start()
        return self._asked

    def _read_again(self, file: Path) -> None:
        try:
            self._read(file)
        finally:
            self._reading.release()

    def _read(self, file: Path) -> list[str]:
        asked = self._asked or []
        try:
            asked = most_asked(UsageLog(file), datetime.now(timezone.utc))
        except UsageLogError as error:
            logger.warning("%s", error)
        self._read_at, self._asked = time.monotonic(), asked
        return asked


def most_asked(log: UsageLog, now: datetime) -> list[str]:
    """Return the ids of the topics answered or picked in the last 30 days, the most frequent first.

    Raises:
        UsageLogError: the log cannot be read.
    """
    return list(topics_asked(log, Span.last(_DAYS, now)))
