"""Following edits of the FAQ in a thread, in a process that does not search it; `LiveFaq` is for one that does."""

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

_SOON = 2.0  # greatest interval between checks at which callers rely on the thread alone
_STEP_SECONDS = 15  # seconds for a step to end when the program exits


def follow(owner: T, step: Callable[[T], object], seconds: float) -> threading.Event:
    """Call ``step(owner)`` every `seconds` in a thread, until the returned event is set.

    Exceptions of a step are logged, and the thread continues. It holds a weak reference to the owner and ends when the
    owner is garbage collected, such as a component that Rasa has replaced.
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
    """Wait for running steps at exit: a thread inside a library's code would abort the interpreter."""
    for closed in _running.values():
        closed.set()
    for thread in list(_running):
        thread.join(_STEP_SECONDS)


def _run(owner: weakref.ref[T], step: Callable[[T], object], seconds: float, closed: threading.Event) -> None:
    while not closed.wait(seconds) and _do(owner, step, closed):
        pass


def _do(owner: weakref.ref[T], step: Callable[[T], object], closed: threading.Event) -> bool:
    """Run a step; return whether the owner still exists."""
    there = owner()
    if there is None:
        return False
    try:
        step(there)
    except Exception:
        if closed.is_set():  # the program exits, and libraries may be shut down already
            return False
        logger.exception(_("An edit of the FAQ could not be taken in; the FAQ before it goes on answering."))
    return True


class FollowedFaq:
    """The newest version of the FAQ, and earlier ones by name; starts with the last valid version.

    Args:
        settings: name the FAQ, and the seconds between checks for edits.
        process: name of this process in `faq status`.

    Raises:
        FaqDataError: the FAQ is faulty at the start.
    """

    def __init__(self, settings: Settings, process: str) -> None:
        self._versions = open_versions(settings, or_kept=True)
        # With rare checks, a version that another process already uses would be unknown here for long.
        self._seldom = not 0 < settings.reload_seconds <= _SOON
        self._status = LiveStatus(settings.cache_dir, process)
        self._status.report(self._versions.newest, self._versions.faults)
        weakref.finalize(self, self._status.remove)
        self._closed = follow(self, FollowedFaq.refresh, settings.reload_seconds) if settings.reload_seconds else None

    def of(self, version: str | None) -> Faq:
        """Return the FAQ in a version; the newest by default, or where that version is no longer kept."""
        if version is not None:
            return self._versions.of(version)
        if self._seldom:
            self._versions.refresh(wait=False)
        return self._versions.newest

    def refresh(self) -> None:
        """Check for an edit now."""
        self._versions.refresh()
        self._status.report(self._versions.newest, self._versions.faults)

    def close(self) -> None:
        """Stop following edits."""
        if self._closed is not None:
            self._closed.set()
        self._status.remove()
