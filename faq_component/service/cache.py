"""Decisions that were made, kept in front of recall: in memory, or in Redis for all processes and machines."""

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
from faq_component.service.metrics import Metrics
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings, files_of_recall
from faq_component.support.files import digest

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.25  # that Redis may take to accept a connection, and to answer
_PAUSE_SECONDS = 5.0  # without it after it has failed
_PREFIX = "faq:"  # of keys in Redis, which others may use too
# What changes nothing in a decision, or stands for something whose content is looked at.
_FORMAT = 3  # to be raised where a question may be decided in another way than before
_NOT_DECISION = frozenset(
    {"faq", "reload_seconds", "encoder", "threads", "cache_dir", "seed", "log", "feedback", "follow_up"}
    | {"service_url", "service_timeout", "synonyms", "stop_words", "user_dictionary", "reranker_path"}
)


class Store(Protocol):
    """Where values are kept for some time."""

    def get(self, key: str) -> bytes | None:
        """The value, None where there is none."""

    def set(self, key: str, value: bytes) -> None:
        """Keep a value."""


class MemoryStore:
    """Keeps values in this process; when it is full, the least recently used go."""

    def __init__(self, entries: int, seconds: int) -> None:
        self._values: TTLCache[str, bytes] = TTLCache(entries, seconds)
        self._lock = threading.Lock()  # cachetools leaves it to its users

    def get(self, key: str) -> bytes | None:
        """The value, None where there is none."""
        with self._lock:
            return self._values.get(key)

    def set(self, key: str, value: bytes) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value


class RedisStore:
    """Keeps values in Redis, for several processes and machines.

    While Redis does not answer, nothing is found and nothing is kept; it is asked again after five seconds.

    Raises:
        ValueError: the URL is none.
    """

    def __init__(self, url: str, seconds: int) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),  # newer versions of redis-py would try for seconds
        )
        self._seconds = seconds
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        """The value, None where there is none."""
        value: bytes | None = self._tried(lambda: self._redis.get(_PREFIX + key))
        return value

    def set(self, key: str, value: bytes) -> None:
        """Keep a value."""
        self._tried(lambda: self._redis.set(_PREFIX + key, value, ex=self._seconds))

    def _tried(self, step: Callable[[], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return step()
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            logger.warning("Redis does not answer (%s); the service goes on without a cache.", type(error).__name__)
            return None


class DecisionCache:
    """JSON values by question, of one version of the FAQ, one encoder and one set of settings.

    Values are kept as JSON, never pickled: who can write to Redis must not be able to run code here. What stands in
    Redis holds no question: its key is a SHA-256.

    Args:
        service: whether there is a cache, and where.
        settings: of recall and decision.
        encoder: its fingerprint; empty where none takes part in recall.
        metrics: are told of hits and misses.

    Raises:
        SettingsError: the URL of Redis is none.
    """

    def __init__(self, service: ServiceSettings, settings: Settings, encoder: str, metrics: Metrics) -> None:
        self._metrics = metrics
        self._context = _context(settings, encoder)
        self._store = _open_store(service)
        self.kind = ("redis" if service.redis_url else "memory") if service.cache else "none"

    def key(self, knowledge: Knowledge, question: str) -> str | None:
        """Under which a decision is kept; None where it is not to be: the rule is about to be fitted anew."""
        if self._store is None or not knowledge.fitted:
            return None
        content = f"{knowledge.faq.fingerprint}\0{self._context}\0{question}"
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str | None) -> Any:
        """What is kept; None where nothing is, or something that is not JSON."""
        if self._store is None or key is None:
            return None
        with self._metrics.timed("cache"):
            value = self._store.get(key)
        try:
            return None if value is None else json.loads(value)
        except (ValueError, RecursionError):
            return None

    def count(self, hit: bool) -> None:
        """Tell the metrics whether what was found could be used."""
        if self._store is not None:
            self._metrics.lookups.labels("hit" if hit else "miss").inc()

    def set(self, key: str | None, value: Any) -> None:
        """Keep a value."""
        if self._store is not None and key is not None:
            self._store.set(key, json.dumps(value, ensure_ascii=False).encode())


def _open_store(service: ServiceSettings) -> Store | None:
    if not service.cache:
        return None
    if service.redis_url is None:
        return MemoryStore(service.cache_entries, service.cache_seconds)
    try:
        return RedisStore(service.redis_url, service.cache_seconds)
    except ValueError as error:  # a URL may hold a password: it is not repeated
        raise SettingsError("the setting 'redis_url' is no URL; write redis://host:port/number") from error


def _context(settings: Settings, encoder: str) -> str:
    values = {key: value for key, value in vars(settings).items() if key not in _NOT_DECISION}
    contents = {name: digest(path) for name, path in files_of_recall(settings).items()}
    return hashlib.sha256(json.dumps([_FORMAT, values, contents, encoder], sort_keys=True).encode()).hexdigest()
