"""Versions of a knowledge base by name, so that one process can answer from the version on which another decided."""

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
from faq_component.knowledge.store import FaqStore, open_store
from faq_component.knowledge.topics import Faq, topic_from_list, topic_to_list
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.support.artifacts import ArtifactStore
from faq_component.support.files import write_atomically

logger = logging.getLogger(__name__)

_HELD, _KEPT = 8, 64
_SHOWN = 300  # characters of an error's text
_FORMAT = 2


class Refusal:
    """Faults that keep the newest edit out of use, if any; the log names them once."""

    def __init__(self) -> None:
        self.faults: tuple[str, ...] = ()

    def report(self, faults: Sequence[str]) -> None:
        """Replace the faults; none where the edit is used."""
        if faults and tuple(faults) != self.faults:
            heading = _("The edited FAQ is not used, the one before it goes on answering:")
            logger.error("%s\n  %s", heading, "\n  ".join(faults))
        elif self.faults and not faults:
            logger.warning(_("The edited FAQ has no faults any more, and is used."))
        self.faults = tuple(faults)


class FaqVersions:
    """Versions of a knowledge base, which the processes of one machine share through a folder.

    Args:
        store: of the knowledge base.
        folder: where versions are kept; it can be deleted.
        place: the setting that names the knowledge base; the key of the version that was taken into use last.
        or_kept: start with that version where the knowledge base is faulty or unreachable now.

    Raises:
        FaqDataError: the knowledge base is faulty at the start.
    """

    def __init__(self, store: FaqStore, folder: Path, place: str, *, or_kept: bool = False) -> None:
        self._store = store
        self._kept = ArtifactStore(folder, "version of the FAQ", version=_FORMAT, kept=_KEPT)
        self._last = folder / f"last-{hashlib.sha256(place.encode()).hexdigest()[:12]}.txt"
        self._stamp: str | None = None
        self._lock = threading.Lock()  # held while the store is read, which may take long
        self._holding = threading.Lock()
        self._refusal = Refusal()
        try:
            stamp = store.stamp()
            self._newest = store.load()
            self._stamp = stamp
        except Exception as error:
            kept = self.last_used() if or_kept else None
            if kept is None:
                raise
            self._newest = kept
            self._refusal.report([sentence_of(error)])
        self._held: OrderedDict[str, Faq] = OrderedDict({self._newest.version: self._newest})

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults that keep the newest edit out of use."""
        return self._refusal.faults

    @property
    def newest(self) -> Faq:
        """Newest version that was read without a fault."""
        return self._newest

    def refresh(self, *, wait: bool = True) -> bool:
        """Read the knowledge base if it was edited; return whether there is a newer version.

        The version before stays the newest while an edit is faulty, which is logged and listed in `faults`, or while
        the store cannot be reached. Without `wait`, return at once while another thread reads.
        """
        if not self._lock.acquire(blocking=wait):
            return False
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def of(self, version: str) -> Faq:
        """Return the knowledge base in a version; the newest where that version is no longer kept.

        Versions in memory or in the folder are returned without waiting for the store.
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
        """Keep a version for other processes; where that fails, they answer from the newest."""
        self._kept.write(faq.version, json.dumps(list(map(topic_to_list, faq.topics))).encode())

    def used(self, faq: Faq) -> None:
        """Note that a kept version was taken into use, so that a restart can begin with it."""
        with contextlib.suppress(OSError):  # the artefact store has logged that the folder cannot be written
            write_atomically(self._last, faq.version.encode(), private=True)

    def last_used(self) -> Faq | None:
        """Return the version that a process took into use last; None where it cannot be read."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self._read(self._last.read_text(encoding="utf-8"))
        return None

    def _refresh(self) -> bool:
        try:
            stamp = self._store.stamp()
            if stamp == self._stamp:
                self._refusal.report(())  # it may have been away, or faulty, and be as it was again
                return False
            report = self._store.check()
        except Exception as error:  # such as a store that is unreachable: the next call tries again
            self._refusal.report([sentence_of(error)])
            return False
        self._refusal.report(report.faults)
        faq = report.faq
        if faq is None:  # the next call reads again: the fault may have been temporary
            return False
        self._stamp = stamp
        if faq.version == self._newest.version:
            return False
        self._newest = faq
        self._hold(faq)
        return True

    def _read(self, version: str) -> Faq | None:
        """Read a kept version; None where the file is missing or damaged."""
        content = self._kept.read(version)
        if content is None:
            return None
        return Faq.of(map(topic_from_list, json.loads(str(content, "utf-8"))))

    def _hold(self, faq: Faq) -> None:
        with self._holding:
            self._held[faq.version] = faq
            while len(self._held) > _HELD:
                self._held.popitem(last=False)


def sentence_of(error: Exception) -> str:
    """Describe what keeps an edit out of use; of an error that is not the package's own, the log has the traceback."""
    if isinstance(error, FaqError):
        return str(error)
    logger.debug("an edit of the FAQ could not be taken in", exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return _("the edit cannot be taken in ({reason}); undo it, or correct what it changed").format(
        reason=reason[:_SHOWN]
    )


def open_versions(settings: Settings, *, place: str | None = None, or_kept: bool = False) -> FaqVersions:
    """Open the versions of the settings' knowledge base, or of that of another place; `or_kept` as for `FaqVersions`.

    Raises:
        FaqDataError: the knowledge base is faulty.
    """
    place = place or settings.faq
    return FaqVersions(open_store(place), Path(settings.cache_dir) / "versions", place, or_kept=or_kept)
