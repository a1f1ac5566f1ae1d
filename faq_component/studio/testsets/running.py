"""Runs of test sets in the background, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from faq_component.studio.background import Work, in_background

T = TypeVar("T")


@dataclass
class Progress(Work):
    """How far a run is.

    Args:
        total: number of questions.
        asked: how many have been asked.
    """

    total: int
    asked: int = 0

    def walk(self, questions: Sequence[T]) -> Iterator[T]:
        """Count questions as they are asked."""
        self.total = len(questions)
        for question in questions:
            yield question
            self.asked += 1


class Runner:
    """Does the runs of all sets one after the other, so that pages stay quick; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._runs: dict[str, Progress] = {}

    def of(self, name: str) -> Progress | None:
        """Return the last run that was begun of a set; None where there was none."""
        with self._lock:
            return self._runs.get(name)

    def begin(self, name: str, total: int, run: Callable[[Progress], None]) -> Progress:
        """Begin a run of a set, unless one is going on."""
        with self._lock:
            found = self._runs.get(name)
            if found is not None and not found.done.is_set():
                return found
            progress = self._runs[name] = Progress(total)
        in_background("A run", partial(self._do, progress, run), progress.end)
        return progress

    def _do(self, progress: Progress, run: Callable[[Progress], None]) -> None:
        with self._turn:
            run(progress)
