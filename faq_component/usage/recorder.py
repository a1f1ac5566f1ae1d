"""Writing to the log from a running bot: a message is never delayed or broken by it."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import replace

from faq_component.language import _
from faq_component.usage.events import Event
from faq_component.usage.log import UsageLog, log_file

logger = logging.getLogger(__name__)

_MOST_WAITING = 1000
_MOST_AT_ONCE = 100
_LAST_SECONDS = 2.0


class Recorder:
    """Hands events to a thread that writes them; without a log it drops them.

    Where writing fails, or more than 1,000 events wait, events are lost: one warning is logged, and the next one only
    after writing has worked again. A process that is killed loses the events of its last moment. The thread begins
    with the first event, anew in a forked process.
    """

    def __init__(self, log: UsageLog | None, hide: Callable[[str], str] = str) -> None:
        self._log = log
        self._hide = hide
        self._queue: queue.Queue[Event] = queue.Queue(_MOST_WAITING)
        self._process = 0
        self._starting = threading.Lock()
        self._warned = False

    def record(self, event: Event) -> None:
        """Take an event, and return at once; never raises."""
        if self._log is None:
            return
        self._start(self._log)
        try:
            self._queue.put_nowait(replace(event, text=self._hide(event.text)))
        except queue.Full:
            self._warn(
                _("more than {count} events wait for the log {file}; some are lost").format(
                    count=_MOST_WAITING, file=self._log.file
                )
            )

    def flush(self, seconds: float = _LAST_SECONDS) -> None:
        """Wait until all that was taken is written, but not longer than `seconds`."""
        if self._process != os.getpid():
            return
        with self._queue.all_tasks_done:
            self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, seconds)

    def _start(self, log: UsageLog) -> None:
        with self._starting:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
            self._queue = queue.Queue(_MOST_WAITING)
            threading.Thread(target=self._write, args=(log, self._queue), name="faq-usage-log", daemon=True).start()
            atexit.register(self.flush)

    def _write(self, log: UsageLog, waiting: queue.Queue[Event]) -> None:
        while True:
            events = [waiting.get()]
            while len(events) < _MOST_AT_ONCE and not waiting.empty():
                events.append(waiting.get())
            try:
                log.append(events)
                self._warned = False
            except Exception as error:  # whatever it is: it is told, and the next event is tried again
                self._warn(_("{error}; what is asked meanwhile is not kept").format(error=error))
            finally:
                for _event in events:
                    waiting.task_done()

    def _warn(self, message: str) -> None:
        if not self._warned:
            self._warned = True
            logger.warning(message)


def open_recorder(setting: str, hide: Callable[[str], str] = str) -> Recorder:
    """The recorder of the log that the setting `log` names; nothing is opened before the first event.

    `hide` replaces the words in texts of users that are not to be kept.
    """
    file = log_file(setting)
    return Recorder(None if file is None else UsageLog(file), hide)
