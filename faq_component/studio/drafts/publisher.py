"""Publishing: the changes of a draft become a version of the published FAQ, all at once, now or at a planned time."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from faq_component.errors import FaqDataError
from faq_component.knowledge.following import follow
from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.studio.drafts import state as states
from faq_component.studio.drafts.changes import (
    Change,
    Changes,
    after_publishing,
    applied,
    by_id,
    conflicts,
    digest_of,
    outstanding,
)
from faq_component.studio.drafts.draft import Draft, Snapshot
from faq_component.studio.drafts.state import Notice, Plan, Publishing, State
from faq_component.usage.events import iso, now

logger = logging.getLogger(__name__)

_STEP_SECONDS = 1.0
_LATE_SECONDS = 60.0


class StaleDraftError(Exception):
    """The draft is not as it was when its difference was looked at."""


class PublishConflictError(Exception):
    """Somebody else has published topics of the draft otherwise since.

    Args:
        changes: of these topics.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(", ".join(change.title for change in changes))
        self.changes = tuple(changes)


class Publisher:
    """Publishes a draft, and what was planned once it is due.

    Args:
        draft: whose changes become live.
        audit: writes down what was done, by whom (`AuditLog.add`).
    """

    def __init__(self, draft: Draft, audit: Callable[..., None]) -> None:
        self._draft = draft
        self._audit = audit
        self._closed: threading.Event | None = None

    def start(self) -> None:
        """Look for what is due every second, in a thread; a time that has passed meanwhile is due now."""
        self._closed = follow(self, Publisher.publish_due, _STEP_SECONDS)

    def close(self) -> None:
        """End the thread."""
        if self._closed is not None:
            self._closed.set()

    def publish(self, *, who: str, what: str, seen: str) -> None:
        """Publish the draft.

        Args:
            who: the author, for the history.
            what: a description, for the history.
            seen: the digest of the changes that the person has looked at.

        Raises:
            StaleDraftError: the draft has changed since.
            PublishConflictError: topics of it have been published otherwise since.
            FaqDataError: the published FAQ would be faulty, or cannot be written.
        """

        def published(before: Snapshot) -> State:
            _require(before.state, seen)
            topics.extend(before.state.changes)
            return self._published(before.state, before.state.changes, who=who, what=what)

        topics: list[str] = []
        self._draft.update(published)
        self._audit("publish", who=who, version=what, topics=topics)

    def plan(self, due: datetime, zone: str, *, who: str, what: str, seen: str) -> None:
        """Plan the draft, as it is now, to be published at a time; an earlier plan is replaced.

        Args:
            due: the time, with a time zone.
            zone: name of that zone.
            who: the author, for the history.
            what: a description, for the history.
            seen: the digest of the changes that the person has looked at.

        Raises:
            StaleDraftError: the draft has changed since.
            FaqDataError: the plan cannot be written.
        """

        def planned(before: Snapshot) -> State:
            _require(before.state, seen)
            plan = Plan(iso(due), zone, who, what, tuple(before.state.changes.values()))
            return replace(before.state, plan=plan)

        self._draft.update(planned)
        self._audit("schedule", who=who, version=what, due=iso(due))

    def cancel(self, *, who: str) -> None:
        """Cancel what is planned; the changes stay in the draft."""
        plan = self._draft.snapshot().state.plan
        self._draft.update(lambda before: replace(before.state, plan=None))
        self._audit("cancel", who=who, version=plan.what if plan else "")

    def publish_due(self) -> None:
        """Publish what is planned, if it is due; where that fails, the draft stays, and a notice says why."""
        plan = self._draft.snapshot().state.plan
        if plan is not None and plan.due <= now():
            after = self._draft.update(self._due_published).state
            if after.plan is None and after.notices and after.notices[-1].is_good:
                self._audit("publish", who=plan.who, version=plan.what, due=plan.due)

    def _due_published(self, before: Snapshot) -> State:
        state, plan = before.state, before.state.plan
        if plan is None or plan.due > now():  # another studio was faster
            return state
        values, without = {"what": plan.what, "due": plan.due}, replace(state, plan=None)
        try:
            after = self._published(state, by_id(plan.changes), who=plan.who, what=plan.what)
        except Exception as error:
            logger.warning("%s: %s", plan.what, error)
            reason = _reason(error)
            return replace(without, notices=(*state.notices, Notice(states.FAILED, {**values, **reason}, False)))
        is_late = (datetime.now(timezone.utc) - moment(plan.due)).total_seconds() > _LATE_SECONDS
        message = states.PUBLISHED_LATE if is_late else states.PUBLISHED
        notice = Notice(message, {**values, "time": now()}, is_good=True)
        return replace(after, plan=None, notices=(*after.notices, notice))

    def _published(self, state: State, changes: Changes, *, who: str, what: str) -> State:
        """Publish changes, and return the state after that; the caller holds the lock of the file.

        What is to become live is written down first, so that after a kill the next process knows whether it did.
        """
        draft = self._draft

        def merge(live: Faq) -> Faq:
            if found := conflicts(live, changes):
                raise PublishConflictError(found)
            faq = applied(live, outstanding(live, changes))
            publishing = Publishing(faq.fingerprint, what, now(), tuple(changes.values()))
            draft.file.write(replace(state, publishing=publishing))
            return faq

        try:
            draft.store.edit(merge, who=who, what=what)
        except BaseException:
            with contextlib.suppress(OSError):  # a later reading finds out what has become of it
                draft.file.write(state)
            raise
        return replace(state, changes=after_publishing(state.changes, changes), publishing=None)


def moment(text: str) -> datetime:
    """Return the moment that a state bears."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _require(state: State, seen: str) -> None:
    if digest_of(state.changes) != seen:
        raise StaleDraftError


def _reason(error: Exception) -> dict[str, str]:
    if isinstance(error, PublishConflictError):
        return {
            "reason": _("somebody has published other versions of these topics since: {titles}").format(titles=error)
        }
    return {
        "reason": "; ".join(error.faults) if isinstance(error, FaqDataError) else str(error) or type(error).__name__
    }
