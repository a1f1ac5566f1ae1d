"""Prometheus metrics, aggregated over all processes of the service."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from faq_component.knowledge.status import read_statuses
from faq_component.service.metric_files import use_reserved_files

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LOOKUPS = "faq_cache_lookups"


class Metrics:
    """The metrics of one process.

    Args:
        cache_dir: folder of the status files, in which each process reports its version of the FAQ.
    """

    def __init__(self, cache_dir: str) -> None:
        self._cache_dir = cache_dir
        use_reserved_files()
        self._own = own = CollectorRegistry()
        self.requests = Counter("faq_requests", "Requests answered", ["endpoint", "status"], registry=own)
        self.decisions = Counter("faq_decisions", "Decisions on questions", ["outcome"], registry=own)
        self.lookups = Counter(_LOOKUPS, "Cache look-ups", ["result"], registry=own)
        self.refused = Counter("faq_refused", "Requests refused because the queue was full", registry=own)
        self.in_progress = Gauge("faq_in_work", "Requests in progress", registry=own, multiprocess_mode="livesum")
        self._stages = Histogram(
            "faq_stage_seconds",
            "Seconds of a stage: wait (for a thread), recall (retrieval), decide, encode, cache, request (total)",
            ["stage"],
            registry=own,
            buckets=_SECONDS,
        )
        # `labels` checks and joins its values at each call, ten times a request.
        self._of_stage = functools.cache(self._stages.labels)
        self.answered = functools.cache(self.requests.labels)
        self.decided = functools.cache(self.decisions.labels)

    def stage(self, stage: str, seconds: float) -> None:
        """Record the duration of a stage."""
        self._of_stage(stage).observe(seconds)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Record the duration of the block as that of a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.stage(stage, time.perf_counter() - begun)

    def page(self) -> bytes:
        """All metrics of all processes, in Prometheus's text format."""
        registry = self._own
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        derived = CollectorRegistry()
        derived.register(_Derived(registry, self._cache_dir))
        return generate_latest(registry) + generate_latest(derived)


class _Derived:
    """Metrics computed at scrape time."""

    def __init__(self, registry: CollectorRegistry, cache_dir: str) -> None:
        self._registry, self._cache_dir = registry, cache_dir

    def collect(self) -> Iterable[Metric]:
        lookups = {"hit": 0.0, "miss": 0.0}
        for family in self._registry.collect():
            if family.name == _LOOKUPS:
                lookups |= {s.labels["result"]: s.value for s in family.samples if s.name.endswith("_total")}
        total = sum(lookups.values())
        ratio = GaugeMetricFamily("faq_cache_hit_ratio", "Share of look-ups that the cache answered")
        ratio.add_metric([], lookups["hit"] / total if total else 0.0)
        yield ratio
        version = GaugeMetricFamily(
            "faq_version", "Topics of the FAQ that a process uses", labels=["process", "version"]
        )
        faults = GaugeMetricFamily("faq_faults", "Faults that keep an edit from being used", labels=["process"])
        for status in read_statuses(self._cache_dir):
            name = f"{status.process}-{status.pid}"
            version.add_metric([name, status.version], status.topics)
            faults.add_metric([name], len(status.faults))
        yield version
        yield faults
