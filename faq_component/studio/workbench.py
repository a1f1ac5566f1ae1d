"""What the pages work on: a draft with its edits, an assistant over it, and the published FAQ beneath."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_rules import build_rule_without_words
from faq_component.errors import FaqDataError, UsageLogError
from faq_component.knowledge.following import follow
from faq_component.knowledge.responses import said
from faq_component.knowledge.store import Edit, shown
from faq_component.knowledge.topics import Faq, Topic, topic_to_list
from faq_component.settings import Settings
from faq_component.studio.access.audit_log import AuditLog
from faq_component.studio.access.database import studio_file
from faq_component.studio.drafts.draft import Draft, Snapshot
from faq_component.studio.drafts.publisher import Publisher
from faq_component.support.memory import release_memory
from faq_component.text import comparison_key
from faq_component.usage.figures import Figures, Span
from faq_component.usage.log import UsageLog, log_file

logger = logging.getLogger(__name__)

_DAYS = 30  # of the log that count as of late
_COUNT_SECONDS = 60.0  # before the log is read again

Texts = tuple[tuple[str, str], ...]  # each with its comparison key


class ConflictError(Exception):
    """A topic has been changed by somebody else since it was read.

    Args:
        now: the topic as it is; None where it has been removed.
    """

    def __init__(self, now: Topic | None) -> None:
        super().__init__("the topic has changed")
        self.now = now


class Workbench:
    """The knowledge base of a studio: a draft over the published one, and an assistant over the draft.

    Args:
        settings: name the knowledge base, the log and how it is searched.
        config: the file that they come from, for pages that change one; None where there is none.

    Raises:
        FaqDataError: the knowledge base is faulty at the start.
        FaqError: the encoder cannot be used, or a setting is wrong.
    """

    def __init__(self, settings: Settings, config: Path | None = None) -> None:
        self.settings = settings
        self.config = config
        self.draft = Draft(settings)
        self.audit_log = AuditLog(studio_file(settings, "audit.sqlite"))
        self.publisher = Publisher(self.draft, self.audit_log.add)
        self.faults: tuple[str, ...] = ()
        self.assistant = Assistant(
            _of_draft(settings),
            process="studio",
            or_kept=True,
            make_rule=build_rule_without_words,
            place=self.draft.place,
        )
        self._shown = self.draft.snapshot()
        self._keying = threading.Lock()
        self._keyed: tuple[str, Mapping[str, Texts]] | None = None
        self._counting = threading.Lock()
        self._counted: tuple[Mapping[str, int], frozenset[str]] = {}, frozenset()
        self._counted_at = -_COUNT_SECONDS
        self._closed = follow(self, Workbench.refresh, settings.reload_seconds) if settings.reload_seconds else None
        self.publisher.start()
        release_memory()

    @property
    def faq(self) -> Faq:
        """The draft, which follows the published FAQ where it changes nothing."""
        return self.snapshot.faq

    @property
    def live(self) -> Faq:
        """The newest valid version of the published FAQ; `faults` says what is wrong with a newer one."""
        return self.snapshot.live

    @property
    def snapshot(self) -> Snapshot:
        """Draft and published FAQ as they are now; where they cannot be read, as they were, and `faults` says why."""
        try:
            self._shown = self.draft.snapshot()
            self.faults = self._shown.live_faults
        except FaqDataError as error:
            self.faults = error.faults
        return self._shown

    def refresh(self) -> None:
        """Let the draft follow what has been published elsewhere."""
        self.draft.snapshot()

    def change(self, topic_id: str | None, before: str, new: Topic | None, *, who: str, what: str) -> Faq:
        """Replace, add or remove a topic of the draft.

        Args:
            topic_id: the topic; None for a new one.
            before: the `digest` of the topic that the change is of; empty for a new one.
            new: the topic as it is to be; None removes it.
            who: the author.
            what: a description.

        Raises:
            ConflictError: the topic has changed meanwhile.
            FaqDataError: the knowledge base would be faulty; each fault is a sentence.
        """

        def edit(faq: Faq) -> Faq:
            if topic_id not in faq.by_id:
                return Faq.of([*faq.topics, *([new] if new else [])])
            changed = (new if topic.id == topic_id else topic for topic in faq.topics)
            return Faq.of(topic for topic in changed if topic is not None)

        return self.change_all(edit, {topic_id: before} if topic_id else {}, who=who, what=what)

    def change_all(self, edit: Edit, before: Mapping[str, str], *, who: str, what: str) -> Faq:
        """Change several topics of the draft in one edit: all of it is done, or nothing.

        Args:
            edit: returns the knowledge base as it is to be.
            before: by id, the `digest` of each topic that the edit is of; empty where there was none.
            who: the author.
            what: a description.

        Raises:
            ConflictError: one of these topics has changed meanwhile.
            FaqDataError: the knowledge base would be faulty; each fault is a sentence.
        """

        def checked(faq: Faq) -> Faq:
            for topic_id, stamp in before.items():
                now = faq.by_id.get(topic_id)
                if (digest(now) if now else "") != stamp:
                    raise ConflictError(now)
            return edit(faq)

        faq = self.draft.edit(checked, who=who)
        logger.info("draft of %s: %s, by %s", shown(self.settings.faq), what, who)
        self.audit("edit", who=who, edit=what, topics=list(before))
        return faq

    def audit(self, what: str, /, *, who: str | None = None, **details: Any) -> None:
        """Write into the audit log what somebody did; see `AuditLog.add`.

        Args:
            what: one of `audit_log.ACTS`, or another word.
            who: name of an account; without one, the person of the request.
            details: texts, numbers and lists of them, by name.
        """
        self.audit_log.add(what, who=who, **details)

    def close(self) -> None:
        """Stop following edits."""
        self.publisher.close()
        if self._closed is not None:
            self._closed.set()
        self.assistant.close()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def texts(self, faq: Faq) -> Mapping[str, Texts]:
        """Return the texts of each topic with their comparison keys: phrasings, then title, id and answers."""
        with self._keying:
            if self._keyed is None or self._keyed[0] != faq.fingerprint:
                self._keyed = faq.fingerprint, {topic.id: _texts(topic) for topic in faq.topics}
            return self._keyed[1]

    def asked(self) -> Mapping[str, int]:
        """How often each topic was answered or picked in the last 30 days, as of a minute ago; empty without a log."""
        return self._of_late()[0]

    def low_rated(self) -> frozenset[str]:
        """The topics half of whose ratings in the last 30 days are bad, as of a minute ago; empty without a log."""
        return self._of_late()[1]

    def _of_late(self) -> tuple[Mapping[str, int], frozenset[str]]:
        with self._counting:
            if time.monotonic() - self._counted_at >= _COUNT_SECONDS:
                self._counted, self._counted_at = self._count(), time.monotonic()
            return self._counted

    def _count(self) -> tuple[Mapping[str, int], frozenset[str]]:
        file = log_file(self.settings.log)
        if file is None:
            return {}, frozenset()
        figures = Figures(UsageLog(file), Span.last(_DAYS, datetime.now(timezone.utc)))
        try:
            return figures.topics(), frozenset(rating.topic for rating in figures.ratings() if rating.is_low)
        except UsageLogError:
            return {}, frozenset()


def _texts(topic: Topic) -> Texts:
    answers = [text for response in topic.responses for text in said(response)]
    return tuple((text, comparison_key(text)) for text in (*topic.posts, topic.title, topic.id, *answers))


def digest(topic: Topic) -> str:
    """Return a digest of a topic's content, by which a later version is told from it."""
    return hashlib.sha256(json.dumps(topic_to_list(topic), ensure_ascii=False).encode()).hexdigest()[:32]


def _of_draft(settings: Settings) -> Settings:
    """Return the settings of the assistant over the draft: on a server it has indexes of its own."""
    return replace(
        settings,
        milvus_collection=f"draft_{settings.milvus_collection}",
        elasticsearch_index=f"draft-{settings.elasticsearch_index}",
    )
