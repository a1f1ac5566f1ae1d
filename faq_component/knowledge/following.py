"""Following the edits of the FAQ in a thread, in a process that only reads it; see `live` for one that searches it."""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from faq_component.knowledge.status import LiveStatus
from faq_component.knowledge.topics import Faq
from faq_component.knowledge.versions import open_versions
from faq_component.language import _
from faq_component.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")

_SOON = 2.0  # seconds between two looks, from which on who asks looks too
_STEP_SECONDS = 15  # that a step may take at the end of the program


def follow(owner: T, step: Callable[[T], object], seconds: float) -> threading.Event:
    """Call ``step(owner)`` every so many seconds in a thread, until the event that is returned is set.

    Whatever goes wrong in a step is logged, and the thread goes on. It refers to the owner weakly, and so ends when
    nothing else refers to it: a component that Rasa has replaced takes its threads with it.
    """
    closed = threading.Event()
    arguments = (weakref.ref(owner), step, seconds, closed)
    thread = threading.Thread(target=_run, args=arguments, daemon=True, name=getattr(step, "__name__", None))
    _running[thread] = closed
    thread.start()
    return closed


_running: weakref.WeakKeyDictionary[threading.Thread, threading.Event] = weakref.WeakKeyDictionary()


@atexit.register
def _end_all() -> None:
    """Let steps end before the interpreter does: a thread that is then within a library's code would abort it."""
    for closed in _running.values():
        closed.set()
    for thread in list(_running):
        thread.join(_STEP_SECONDS)


def _run(owner: weakref.ref[T], step: Callable[[T], object], seconds: float, closed: threading.Event) -> None:
    while not closed.wait(seconds) and _do(owner, step, closed):
        pass


def _do(owner: weakref.ref[T], step: Callable[[T], object], closed: threading.Event) -> bool:
    """Do a step; returns whether the owner was still there."""
    there = owner()
    if there is None:
        return False
    try:
        step(there)
    except Exception:
        if closed.is_set():  # the program ends, and a library cannot be used any more
            return False
        logger.exception(_("An edit of the FAQ could not be taken in; the FAQ before it goes on answering."))
    return True


class FollowedFaq:
    """The newest version of the FAQ, and earlier ones by name; started while an edit is faulty, the one before it.

    Args:
        settings: name the FAQ, and how often is looked for edits of it.
        process: what `faq status` calls this process.

    Raises:
        FaqDataError: the FAQ is faulty at the start.
    """

    def __init__(self, settings: Settings, process: str) -> None:
        self._versions = open_versions(settings, or_kept=True)
        # Then what another process has taken in would be unknown here for long.
        self._seldom = not 0 < settings.reload_seconds <= _SOON
        self._status = LiveStatus(settings.cache_dir, process)
        self._status.tell(self._versions.newest, self._versions.faults)
        weakref.finalize(self, self._status.remove)
        self._closed = follow(self, FollowedFaq.refresh, settings.reload_seconds) if settings.reload_seconds else None

    def of(self, version: str | None) -> Faq:
        """The FAQ in a version; the newest where none is named, or that one can no longer be had."""
        if version is not None:
            return self._versions.of(version)
        if self._seldom:
            self._versions.refresh(wait=False)
        return self._versions.newest

    def refresh(self) -> None:
        """Look for an edit now."""
        self._versions.refresh()
        self._status.tell(self._versions.newest, self._versions.faults)

    def close(self) -> None:
        """Look for edits no longer."""
        if self._closed is not None:
            self._closed.set()
        self._status.remove()
