"""A cache of decisions, in memory or in Redis for all processes and machines."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from cachetools import TTLCache
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from faq_component.assistant.live import Knowledge
from faq_component.errors import SettingsError
from faq_component.knowledge import options
from faq_component.language import _
from faq_component.service.metrics import Metrics
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings
from faq_component.support.setting_fields import Affects, cache_key

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.25  # time-out of a connection to Redis and of its answer
_PAUSE_SECONDS = 5.0  # without Redis after a failure
_PREFIX = "faq:"  # of keys in Redis, which other programs may share
_FORMAT = 4  # raise it when a change of the code may change decisions


class Store(Protocol):
    """Values that expire."""

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""

    def set(self, key: str, value: bytes) -> None:
        """Store a value."""

    def clear(self) -> None:
        """Forget what other values have replaced, where nothing else does."""


class MemoryStore:
    """Values in the memory of this process; when full, it drops the least recently used."""

    def __init__(self, entries: int, seconds: int) -> None:
        self._values: TTLCache[str, bytes] = TTLCache(entries, seconds)
        self._lock = threading.Lock()  # cachetools does not lock

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        with self._lock:
            return self._values.get(key)

    def set(self, key: str, value: bytes) -> None:
        """Store a value."""
        with self._lock:
            self._values[key] = value

    def clear(self) -> None:
        """Forget all values: after an edit none is asked for again, and they would fill the memory for an hour."""
        with self._lock:
            self._values.clear()


class RedisStore:
    """Values in Redis, shared by processes and machines.

    While Redis does not answer, every look-up is a miss and nothing is stored; the next attempt follows after five
    seconds.

    Raises:
        ValueError: the URL is invalid.
    """

    def __init__(self, url: str, seconds: int) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),  # newer versions of redis-py retry for seconds
        )
        self._seconds = seconds
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        value: bytes | None = self._attempt(lambda: self._redis.get(_PREFIX + key))
        return value

    def set(self, key: str, value: bytes) -> None:
        """Store a value."""
        self._attempt(lambda: self._redis.set(_PREFIX + key, value, ex=self._seconds))

    def clear(self) -> None:
        """Do nothing: values expire, and other processes may still serve the version before."""

    def _attempt(self, step: Callable[[], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return step()
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            logger.warning("Redis does not answer (%s); the service continues without a cache.", type(error).__name__)
            return None


class DecisionCache:
    """Decisions as JSON values, keyed by question, FAQ version, encoder and settings.

    Values are JSON, never pickled: write access to Redis must be no way to run code here. Keys are SHA-256 hashes, so
    Redis holds no question.

    Args:
        service: whether to cache, and where.
        settings: settings of retrieval and decision.
        encoder: fingerprint of the encoder; empty if the retriever uses none.
        metrics: records hits and misses.

    Raises:
        SettingsError: the URL of Redis is invalid.
    """

    def __init__(self, service: ServiceSettings, settings: Settings, encoder: str, metrics: Metrics) -> None:
        self._metrics = metrics
        self._context = _context(settings, encoder)
        self._store = _open_store(service)
        self._of: tuple[str, str] | None = None  # the FAQ whose decisions the store has
        self.kind = ("redis" if service.redis_url else "memory") if service.cache else "none"

    def key(self, knowledge: Knowledge, question: str) -> str | None:
        """Return the cache key of a decision, or None while the decision rule is about to be refitted."""
        if self._store is None or not knowledge.fitted:
            return None
        inactive = " ".join(sorted(knowledge.faq.inactive(options.now())))
        of = (knowledge.faq.fingerprint, inactive)
        if of != self._of:
            self._of = of
            self._store.clear()
        content = "\0".join((*of, self._context, question))
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str | None) -> Any:
        """Return the cached value, or None if there is none or it is not JSON."""
        if self._store is None or key is None:
            return None
        with self._metrics.timed("cache"):
            value = self._store.get(key)
        try:
            return None if value is None else json.loads(value)
        except (ValueError, RecursionError):
            return None

    def count(self, hit: bool) -> None:
        """Count a look-up as a hit, or as a miss if its value could not be used."""
        if self._store is not None:
            self._metrics.lookups.labels("hit" if hit else "miss").inc()

    def set(self, key: str | None, value: Any) -> None:
        """Store a value."""
        if self._store is not None and key is not None:
            self._store.set(key, json.dumps(value, ensure_ascii=False).encode())


def _open_store(service: ServiceSettings) -> Store | None:
    if not service.cache:
        return None
    if service.redis_url is None:
        return MemoryStore(service.cache_entries, service.cache_seconds)
    try:
        return RedisStore(service.redis_url, service.cache_seconds)
    except ValueError as error:  # the URL may hold a password, so the error does not repeat it
        raise SettingsError(
            _("setting 'redis_url' is not the URL of a Redis; write redis://host:port/number")
        ) from error


def _context(settings: Settings, encoder: str) -> str:
    decided_by = cache_key(settings, Affects.RETRIEVAL | Affects.DECISION, encoder=encoder)
    return hashlib.sha256(json.dumps([_FORMAT, decided_by], sort_keys=True).encode()).hexdigest()
