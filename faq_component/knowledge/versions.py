"""The versions of a knowledge base by name, so that one process answers from that on which another decided."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from faq_component.errors import FaqError
from faq_component.knowledge.responses import response_from_json, response_to_json
from faq_component.knowledge.store import FaqStore, open_store
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.support.artifacts import ArtifactStore
from faq_component.support.files import write_atomically

logger = logging.getLogger(__name__)

_HELD, _KEPT = 8, 64
_FORMAT = 2


class FaqVersions:
    """The versions of a knowledge base that processes of one machine share through a folder.

    Args:
        store: where the knowledge base is.
        folder: where versions are kept; derived, can be deleted.
        place: the setting that names the knowledge base; which of its versions was kept last is known by it.
        or_kept: begin with that one where the knowledge base is faulty, or away, now.

    Raises:
        FaqDataError: the knowledge base is faulty at the start.
    """

    def __init__(self, store: FaqStore, folder: Path, place: str, *, or_kept: bool = False) -> None:
        self._store = store
        self._kept = ArtifactStore(folder, "version of the FAQ", version=_FORMAT, kept=_KEPT)
        self._last = folder / f"last-{hashlib.sha256(place.encode()).hexdigest()[:12]}.txt"
        self._stamp: str | None = None
        self._lock = threading.Lock()  # of one who reads the store, which may take long
        self._holding = threading.Lock()
        self.faults: tuple[str, ...] = ()  # of the newest edit, where it is not in use for them
        try:
            stamp = store.stamp()
            self._newest = store.load()
            self._stamp = stamp
        except FaqError as error:
            kept = self._kept_last() if or_kept else None
            if kept is None:
                raise
            self._newest = kept
            self._report([str(error)])
        self._held: OrderedDict[str, Faq] = OrderedDict({self._newest.version: self._newest})

    @property
    def newest(self) -> Faq:
        """The newest version that was read and had no fault."""
        return self._newest

    def refresh(self, *, wait: bool = True) -> bool:
        """Read the knowledge base where it was edited; returns whether there is a newer version.

        A faulty edit is logged and named in `faults`, and the version before it stays the newest. So it does while the
        store cannot be reached. Unless it is to `wait`, it does nothing while another thread reads.
        """
        if not self._lock.acquire(blocking=wait):
            return False
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def of(self, version: str) -> Faq:
        """The knowledge base in a version; the newest where that one can no longer be had.

        What is held or kept is there at once, whoever else waits for the store.
        """
        with self._holding:
            held = self._held.get(version)
        if held is not None:
            return held
        kept = self._read(version)
        if kept is None:
            self.refresh(wait=False)
        if kept is None or version == self._newest.version:
            return self._newest
        self._hold(kept)
        return kept

    def keep(self, faq: Faq) -> None:
        """Keep a version for the other processes; where that fails, they answer from the newest."""
        content = [[t.id, t.title, t.posts, [response_to_json(r) for r in t.responses]] for t in faq.topics]
        self._kept.write(faq.version, json.dumps(content).encode())
        with contextlib.suppress(OSError):  # as the version, which the store has said
            write_atomically(self._last, faq.version.encode())

    def _refresh(self) -> bool:
        try:
            stamp = self._store.stamp()
            if stamp == self._stamp:
                return False
            report = self._store.check()
        except FaqError as error:  # the store is away: tried again the next time
            self._report([str(error)])
            return False
        self._report(report.faults)
        faq = report.faq
        if faq is None:  # read again the next time: what was wrong may have been the way there
            return False
        self._stamp = stamp
        if faq.version == self._newest.version:
            return False
        self._newest = faq
        self._hold(faq)
        return True

    def _kept_last(self) -> Faq | None:
        """The version that some process took into use last; None where it cannot be read."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self._read(self._last.read_text(encoding="utf-8"))
        return None

    def _read(self, version: str) -> Faq | None:
        """A version that was kept; None where the file is gone or damaged."""
        content = self._kept.read(version)
        if content is None:
            return None
        return Faq.of(
            Topic(topic_id, title, tuple(posts), tuple(map(response_from_json, responses)))
            for topic_id, title, posts, responses in json.loads(str(content, "utf-8"))
        )

    def _hold(self, faq: Faq) -> None:
        with self._holding:
            self._held[faq.version] = faq
            while len(self._held) > _HELD:
                self._held.popitem(last=False)

    def _report(self, faults: Sequence[str]) -> None:
        if faults and tuple(faults) != self.faults:
            heading = _("The edited FAQ is not used, the one before it goes on answering:")
            logger.error("%s\n  %s", heading, "\n  ".join(faults))
        elif self.faults and not faults:
            logger.warning(_("The edited FAQ has no faults any more, and is used."))
        self.faults = tuple(faults)


def open_versions(settings: Settings, *, or_kept: bool = False) -> FaqVersions:
    """The versions of the knowledge base that the settings name; `or_kept` as for `FaqVersions`.

    Raises:
        FaqDataError: it is faulty.
    """
    return FaqVersions(open_store(settings.faq), Path(settings.cache_dir) / "versions", settings.faq, or_kept=or_kept)
