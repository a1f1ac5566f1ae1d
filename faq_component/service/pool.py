"""A thread pool for computations, with a bounded queue: the event loop only serves connections."""

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
    """Run the computations of greenlets in real threads, behind a bounded queue.

    A request beyond the bound is refused at once: under overload the queue stays short, and the clients whose requests
    are computed are still connected. A burst is not overload: many requests arrive together, then none. So for
    `BURST_SECONDS` after the queue was last empty a higher bound holds (the two bounds of Maurer 2015, *Fail at
    Scale*, on the length of the queue instead of the waiting time). A greenlet whose deadline passes in the queue
    leaves it, and its work is not computed.

    Args:
        threads: number of computing threads.
        waiting: total weight of the requests that may queue. Below it one more request is accepted, of any weight. A
            request that is being computed weighs 1: that it is heavy says nothing about how many wait.
        metrics: records waiting times and refusals.
        burst: the bound within `BURST_SECONDS` after the queue was empty; at least `waiting`.
    """

    def __init__(self, threads: int, waiting: int, metrics: Metrics, burst: int = 0) -> None:
        self._pool = ThreadPool(threads)
        self._threads, self._waiting, self._burst = threads, waiting, max(burst, waiting)
        self._empty_at = -math.inf  # when the queue was last empty
        self._metrics = metrics
        self._begun: dict[int, float] = {}  # start of the computation in each busy thread
        self._calls: set[_Call] = set()  # those that are queued or computed

    @property
    def admitted(self) -> int:
        """Weight of the requests that are queued or computed."""
        return sum(1 if call.begun else call.weight for call in self._calls)

    @property
    def is_full(self) -> bool:
        """Whether any further request would be refused."""
        is_burst = time.monotonic() - self._empty_at <= BURST_SECONDS
        waiting = self._burst if is_burst else self._waiting
        return self.admitted >= self._threads + waiting

    def refuse(self) -> ProblemError:
        """Count a refusal and return its error."""
        self._metrics.refused.inc()
        return overloaded("The service is overloaded; try again in a second.")

    def run(self, work: Callable[[], T], weight: int = 1) -> T:
        """Return the result of `work`, computed in a thread.

        Raises:
            ProblemError: 503, the queue is full.
        """
        if self.admitted <= self._threads:
            self._empty_at = time.monotonic()
        if self.is_full:
            raise self.refuse()
        call = _Call(time.perf_counter(), weight)
        self._calls.add(call)
        try:
            result: T = self._pool.spawn(self._compute, work, call).get()
            return result
        finally:
            call.wanted = False
            self._calls.remove(call)

    def is_stuck(self, seconds: float) -> bool:
        """Whether a computation has been running for more than `seconds`."""
        now = time.perf_counter()
        return any(now - begun > seconds for begun in list(self._begun.values()))

    def _compute(self, work: Callable[[], T], call: _Call) -> T | None:
        now = time.perf_counter()
        self._metrics.stage("wait", now - call.queued_at)
        if not call.wanted:
            return None
        call.begun = True
        thread = threading.get_ident()
        self._begun[thread] = now
        try:
            return work()
        finally:
            del self._begun[thread]


@dataclass(eq=False)
class _Call:
    """A computation: when it was queued, its weight, whether its greenlet still waits for it, and whether it began."""

    queued_at: float
    weight: int
    wanted: bool = True
    begun: bool = False
