"""What has become of a publishing whose process was killed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from faq_component.knowledge.store import Version
from faq_component.knowledge.topics import Faq
from faq_component.studio.drafts.changes import after_publishing, by_id, outstanding
from faq_component.studio.drafts.state import COMPLETED, INTERRUPTED, Notice, State
from faq_component.usage.events import iso


def recovered(state: State, live: Faq, versions: Iterable[Version]) -> State:
    """Return the state after a publishing that was interrupted: the published FAQ has all of it, or nothing.

    Args:
        state: with a publishing.
        live: the published FAQ as it is; somebody may have edited it since.
        versions: the last ones of its history.
    """
    publishing = state.publishing
    if publishing is None:
        return state
    values = {"what": publishing.what, "time": publishing.time}
    changes, state = by_id(publishing.changes), replace(state, publishing=None)
    is_planned = state.plan is not None and state.plan.changes == publishing.changes
    since = [one.fingerprint for one in versions if iso(one.time) >= publishing.time]
    if publishing.fingerprint in (live.fingerprint, *since) or not outstanding(live, changes):
        plan = None if is_planned else state.plan
        notices = (*state.notices, Notice(COMPLETED, values, is_good=True))
        return replace(state, changes=after_publishing(state.changes, changes), plan=plan, notices=notices)
    if is_planned:  # it is tried again
        return state
    return replace(state, notices=(*state.notices, Notice(INTERRUPTED, values, is_good=False)))
