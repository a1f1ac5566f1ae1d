"""Publishing: the changes of a draft become a version of the published FAQ, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faq_component.knowledge.topics import Faq
from faq_component.studio.publishing.changes import (
    Change,
    Changes,
    after_publishing,
    applied,
    conflicts,
    digest_of,
    outstanding,
)
from faq_component.studio.publishing.draft import Draft, Snapshot
from faq_component.studio.publishing.state import Publishing, State
from faq_component.usage.events import now


class StaleDraftError(Exception):
    """The draft is not as it was when its difference was looked at."""


class PublishConflictError(Exception):
    """Somebody else has published topics of the draft otherwise since.

    Args:
        changes: of these topics.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(", ".join(change.id for change in changes))
        self.changes = tuple(changes)


def publish(draft: Draft, *, who: str, what: str, seen: str) -> None:
    """Publish the draft.

    Args:
        draft: whose changes become live.
        who: the author, for the history.
        what: a description, for the history.
        seen: the digest of the changes that the person has looked at.

    Raises:
        StaleDraftError: the draft has changed since.
        PublishConflictError: topics of it have been published otherwise since.
        FaqDataError: the published FAQ would be faulty, or cannot be written.
    """

    def published(before: Snapshot) -> State:
        if digest_of(before.state.changes) != seen:
            raise StaleDraftError
        return _published(draft, before.state, before.state.changes, who=who, what=what)

    draft.update(published)


def _published(draft: Draft, state: State, changes: Changes, *, who: str, what: str) -> State:
    """Publish changes, and return the state after that; the caller holds the lock of the file.

    What is to become live is written down first, so that after a kill the next process knows whether it did.
    """
    intended = ""

    def merge(live: Faq) -> Faq:
        nonlocal intended
        if found := conflicts(live, changes):
            raise PublishConflictError(found)
        faq = applied(live, outstanding(live, changes))
        intended = faq.fingerprint
        publishing = Publishing(intended, what, now(), tuple(changes.values()))
        draft.file.write(replace(state, publishing=publishing))
        return faq

    try:
        draft.store.edit(merge, who=who, what=what)
    except BaseException:
        draft.file.write(state)
        raise
    return replace(state, changes=after_publishing(state.changes, changes), publishing=None)
