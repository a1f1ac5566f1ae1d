"""The threads that compute, so that the loop which serves connections does not; and how much may wait for them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gevent.threadpool import ThreadPool

from faq_component.service.metrics import Metrics
from faq_component.service.problems import ProblemError, overloaded

T = TypeVar("T")
BURST_SECONDS = 0.1


class ComputePool:
    """Real threads for greenlets to compute in, at most so many at once, and a bounded number that waits for them.

    What exceeds the bound is refused at once: under more load than can be carried the wait stays short, and the work
    that is done is done for clients that are still there. A burst is something else than too much load: many come at
    once, and then none. So for a moment after nothing has waited, more may wait (the two bounds of Maurer 2015, *Fail
    at Scale*, on the number in place of the time). A greenlet whose deadline passes while it waits leaves the queue,
    and nothing is computed for it.

    Args:
        threads: that compute.
        waiting: weight of the requests that may wait; as long as it is not reached one more is taken, of any weight.
        metrics: are told how long was waited and how many were refused.
        burst: as `waiting`, within `BURST_SECONDS` after a request before which nothing waited; at least `waiting`.
    """

    def __init__(self, threads: int, waiting: int, metrics: Metrics, burst: int = 0) -> None:
        self._pool = ThreadPool(threads)
        self._threads, self._waiting, self._burst = threads, waiting, max(burst, waiting)
        self._none_waited = -math.inf
        self._metrics = metrics
        self._begun: dict[int, float] = {}  # when each thread that computes has begun
        self.admitted = 0

    @property
    def is_full(self) -> bool:
        """Whether any further request would be refused."""
        is_burst = time.monotonic() - self._none_waited <= BURST_SECONDS
        waiting = self._burst if is_burst else self._waiting
        return self.admitted >= self._threads + waiting

    def refuse(self) -> ProblemError:
        """What a request that exceeds the bound is told; counts it."""
        self._metrics.refused.inc()
        return overloaded("The service has more requests than it can carry; try again in a second.")

    def run(self, work: Callable[[], T], weight: int = 1) -> T:
        """What `work` returns, computed in a thread; raises `ProblemError` 503 where too much waits already."""
        if self.admitted <= self._threads:
            self._none_waited = time.monotonic()
        if self.is_full:
            raise self.refuse()
        self.admitted += weight
        asked = _Asked(time.perf_counter())
        try:
            result: T = self._pool.spawn(self._compute, work, asked).get()
            return result
        finally:
            asked.wanted = False
            self.admitted -= weight

    def is_stuck(self, seconds: float) -> bool:
        """Whether a computation has gone on for longer than so many seconds."""
        now = time.perf_counter()
        return any(now - begun > seconds for begun in list(self._begun.values()))

    def _compute(self, work: Callable[[], T], asked: _Asked) -> T | None:
        now = time.perf_counter()
        self._metrics.stage("wait", now - asked.at)
        if not asked.wanted:
            return None  # to nobody
        thread = threading.get_ident()
        self._begun[thread] = now
        try:
            return work()
        finally:
            del self._begun[thread]


@dataclass
class _Asked:
    """When a computation was asked for, and whether somebody still waits for it."""

    at: float
    wanted: bool = True
