"""The draft of a knowledge base: read and edited by all studios over it, and published."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import FaqReport, check_topics
from faq_component.knowledge.store import FaqStore, Version, is_url, open_store, shown
from faq_component.knowledge.store.file_form import dump_topics, topic_to_json
from faq_component.knowledge.store.types import Edit
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings
from faq_component.studio.drafts.changes import Change, applied, conflicts, drafted, outstanding
from faq_component.studio.drafts.recovery import recovered
from faq_component.studio.drafts.state import GONE_LIVE, Discarded, Notice, State, StateFile
from faq_component.support.files import write_atomically
from faq_component.usage.events import now

_FILE = "draft.json"
_VERSIONS = 50  # the newest of the history, searched for an interrupted publishing
_PATIENCE_SECONDS = 0.2  # for a write before the state before it is shown


@dataclass(frozen=True)
class Snapshot:
    """A draft and the published FAQ at one moment.

    Args:
        live: the published FAQ in its newest valid version.
        faq: the draft, which may be faulty.
        state: what the draft's file holds.
        conflicts: changes of topics that somebody else has published otherwise since.
        live_faults: of a newer published version.
        faults: of the draft, which keep it from being published; the assistant goes on with the version before.
    """

    live: Faq
    faq: Faq
    state: State
    conflicts: tuple[Change, ...] = ()
    live_faults: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class Draft:
    """Edits of a knowledge base that are not published yet; topics without any follow the published FAQ.

    A file holds the changes of the draft. From it and the published FAQ, a second one is derived with the whole draft
    as a knowledge base of its own, which the studio's assistant and lint read.

    Args:
        settings: name the published FAQ, and the folder.

    Raises:
        FaqDataError: the published FAQ is faulty at the start, or the folder cannot be written.
    """

    def __init__(self, settings: Settings) -> None:
        name = hashlib.sha256(_absolute(settings.faq).encode()).hexdigest()[:12]
        folder = Path(settings.cache_dir) / "studio" / name
        self.place = str(folder / _FILE)
        self.store: FaqStore = open_store(settings.faq)
        self.file = StateFile(folder)
        self._shown = shown(settings.faq)
        self._lock = threading.RLock()
        self._stamps = ("", "")
        self._derived: tuple[str, tuple[str, ...]] = ("", ())  # fingerprint and faults of the draft that was derived
        self._valid = ""  # fingerprint of a draft that has been checked
        with self.file.locked():
            self._snapshot = self._read(None)

    def snapshot(self) -> Snapshot:
        """Return draft and published FAQ as they are now; while something is written, as they were before.

        Raises:
            FaqDataError: the folder of the draft cannot be read or written.
        """
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            return self._snapshot
        try:
            if not self._is_current():
                with self.file.locked():
                    self._snapshot = self._read(self._snapshot)
            return self._snapshot
        finally:
            self._lock.release()

    def edit(self, edit: Edit, *, who: str) -> Faq:
        """Edit the draft; returns it.

        Args:
            edit: returns the new draft; an exception cancels the edit.
            who: the author.

        Raises:
            FaqDataError: the draft would be faulty; each fault is a sentence.
        """

        def edited(before: Snapshot) -> State:
            after = self._report(edit(before.faq)).checked()
            self._valid = after.fingerprint
            changes = drafted(before.live, before.state.changes, before.faq, after, who=who, time=now())
            return replace(before.state, changes=changes)

        return self.update(edited).faq

    def discard(self, ids: Iterable[str], *, who: str) -> Discarded:
        """Take the changes of topics out of the draft; `restore` puts them back."""
        chosen = set(ids)

        def without(before: Snapshot) -> State:
            taken = tuple(change for change in before.state.changes.values() if change.id in chosen)
            left = {topic_id: one for topic_id, one in before.state.changes.items() if topic_id not in chosen}
            discarded = (*before.state.discarded, Discarded(taken, who, now())) if taken else before.state.discarded
            return replace(before.state, changes=left, discarded=discarded)

        discarded = self.update(without).state.discarded
        return discarded[-1] if discarded else Discarded((), who, now())

    def restore(self, time: str) -> None:
        """Put back what was discarded at a time, where the draft has no newer change of a topic."""

        def restored(before: Snapshot) -> State:
            back = [one for one in before.state.discarded if one.time == time]
            left = tuple(one for one in before.state.discarded if one.time != time)
            changes = {change.id: change for one in back for change in one.changes}
            return replace(before.state, changes={**changes, **before.state.changes}, discarded=left)

        self.update(restored)

    def decide(self, topic_id: str) -> None:
        """Let the draft's version of a topic stand against the one that somebody else has published."""

        def decided(before: Snapshot) -> State:
            change = before.state.changes.get(topic_id)
            if change is None:
                return before.state
            settled = replace(change, before=before.live.by_id.get(topic_id))
            return replace(before.state, changes={**before.state.changes, topic_id: settled})

        self.update(decided)

    def dismiss(self) -> None:
        """Remove the notices."""
        self.update(lambda before: replace(before.state, notices=()))

    def update(self, change: Callable[[Snapshot], State]) -> Snapshot:
        """Replace the state in one step; other studios wait.

        Args:
            change: returns the new state; an exception leaves the old one.

        Raises:
            FaqDataError: the folder of the draft cannot be written.
        """
        with self._lock, self.file.locked():
            before = self._snapshot = self._snapshot if self._is_current() else self._read(self._snapshot)
            after = change(before)
            if after != before.state:
                self.file.write(after)
            self._snapshot = self._read(self._snapshot)
            return self._snapshot

    def _is_current(self) -> bool:
        stamps = self._live_stamp(), self.file.stamp()
        return "" not in stamps and stamps == self._stamps

    def _live_stamp(self) -> str:
        with contextlib.suppress(FaqDataError):
            return self.store.stamp()
        return ""

    def _read(self, before: Snapshot | None) -> Snapshot:
        """Read the published FAQ and the state, and derive the draft; the caller holds the lock of the file."""
        faults: tuple[str, ...] = ()
        stamp = self._live_stamp()
        if before is not None and stamp and stamp == self._stamps[0]:
            live = before.live
        else:
            try:
                live = self.store.load()
            except FaqDataError as error:
                if before is None:
                    raise
                stamp, live, faults = "", before.live, error.faults
        state = self._settled(live)
        faq = applied(live, state.changes)
        if faq.fingerprint != self._derived[0]:
            self._derive(faq, live)
        self._stamps = stamp, self.file.stamp()
        return Snapshot(live, faq, state, tuple(conflicts(live, state.changes)), faults, self._derived[1])

    def _settled(self, live: Faq) -> State:
        """Read the state, and write down what has become of it since."""
        state = self.file.read()
        if state.publishing is not None:  # its process has been killed: it held the lock until the end
            versions: Sequence[Version] = ()
            with contextlib.suppress(FaqDataError):
                versions = self.store.history(limit=_VERSIONS)
            state = recovered(state, live, versions)
            self.file.write(state)
        left = outstanding(live, state.changes)
        if len(left) < len(state.changes):
            gone = [change for topic_id, change in state.changes.items() if topic_id not in left]
            titles = ", ".join(change.title for change in gone)
            notice = Notice(GONE_LIVE, {"titles": titles}, is_good=True)
            state = replace(state, changes=left, notices=(*state.notices, notice))
            self.file.write(state)
        return state

    def _derive(self, faq: Faq, live: Faq) -> None:
        """Write the draft for the assistant and lint; where it is faulty, the one before stays."""
        file, faults = Path(self.place), () if faq.fingerprint == self._valid else self._report(faq).faults
        if not faults or not file.exists():
            topics = (live if faults else faq).topics
            content = dump_topics({topic.title: topic_to_json(topic) for topic in topics})
            write_atomically(file, content, private=True)
        self._derived = faq.fingerprint, faults

    def _report(self, faq: Faq) -> FaqReport:
        return check_topics(self._shown, [(topic.title, topic_to_json(topic)) for topic in faq.topics])


def _absolute(place: str) -> str:
    """Return a place in one form: the same file, named from elsewhere, has the same draft."""
    return place if is_url(place) else str(Path(place).resolve())
