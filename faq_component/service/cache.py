"""Decisions that were made, kept in front of recall: in memory, or in Redis for all processes and machines."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from cachelib.serializers import BaseSerializer
from flask import Flask
from flask_caching import Cache
from flask_caching.backends.rediscache import RedisCache as _RedisCache
from flask_caching.backends.simplecache import SimpleCache as _SimpleCache
from redis.exceptions import RedisError

from faq_component.assistant.live import Knowledge
from faq_component.errors import SettingsError
from faq_component.service.metrics import Metrics
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings, files_of_recall
from faq_component.support.files import digest

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.25  # that Redis may take to accept a connection, and to answer
_PAUSE_SECONDS = 5.0  # without it after it has failed
# What changes nothing in a decision, or stands for something whose content is looked at.
_FORMAT = 3  # to be raised where a question may be decided in another way than before
_NOT_DECISION = frozenset(
    {"faq", "reload_seconds", "encoder", "threads", "cache_dir", "seed", "log", "feedback", "follow_up"}
    | {"service_url", "service_timeout", "synonyms", "stop_words", "user_dictionary", "reranker_path"}
)


class _Json(BaseSerializer):
    """In place of cachelib's pickle: who can write to Redis must not be able to run code here."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    def loads(self, data: bytes | None) -> Any:
        try:
            return None if data is None else json.loads(data)
        except ValueError:
            return None


class MemoryCache(_SimpleCache):
    """The cache of one process; when it is full, a tenth of it goes, the oldest first."""

    serializer = _Json()  # type: ignore[assignment]

    def _remove_older(self) -> None:
        """Drop a tenth: cachelib would sort all entries at every new one."""
        for key in list(itertools.islice(self._cache, max(1, self._threshold // 10))):
            self._cache.pop(key, None)


class RedisCache(_RedisCache):
    """The cache that several processes share."""

    serializer = _Json()  # type: ignore[assignment]


# flask-caching looks its factories up by name in a module.
memory_cache, redis_cache = MemoryCache.factory, RedisCache.factory


class DecisionCache:
    """JSON values by question, of one version of the FAQ, one encoder and one set of settings.

    What stands in Redis holds no question: its key is a SHA-256. While Redis does not answer, nothing is found and
    nothing is kept, and it is asked again after five seconds.

    Args:
        app: the application that flask-caching is set up for.
        service: whether there is a cache, and where.
        settings: of recall and decision.
        encoder: its fingerprint; empty where none takes part in recall.
        metrics: are told of hits and misses.

    Raises:
        SettingsError: the URL of Redis is none.
    """

    def __init__(
        self, app: Flask, service: ServiceSettings, settings: Settings, encoder: str, metrics: Metrics
    ) -> None:
        self._metrics = metrics
        self._context = _context(settings, encoder)
        self._paused_until = 0.0
        self._cache: Cache | None = None
        if service.cache:
            try:
                self._cache = Cache(app, config=_configuration(service))
            except ValueError as error:  # a URL may hold a password: it is not repeated
                raise SettingsError("the setting 'redis_url' is no URL; write redis://host:port/number") from error
        self.kind = ("redis" if service.redis_url else "memory") if service.cache else "none"

    def key(self, knowledge: Knowledge, question: str) -> str | None:
        """Under which a decision is kept; None where it is not to be: the rule is about to be fitted anew."""
        if self._cache is None or not knowledge.fitted:
            return None
        content = f"{knowledge.faq.fingerprint}\0{self._context}\0{question}"
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str | None) -> Any:
        """What is kept; None where nothing is."""
        cache = self._cache
        if cache is None or key is None:
            return None
        with self._metrics.timed("cache"):
            return self._tried(lambda: cache.get(key))

    def count(self, hit: bool) -> None:
        """Tell the metrics whether what was found could be used."""
        if self._cache is not None:
            self._metrics.lookups.labels("hit" if hit else "miss").inc()

    def set(self, key: str | None, value: Any) -> None:
        """Keep a value."""
        cache = self._cache
        if cache is not None and key is not None:
            self._tried(lambda: cache.set(key, value))

    def _tried(self, step: Callable[[], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return step()
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            logger.warning("Redis does not answer (%s); the service goes on without a cache.", type(error).__name__)
            return None


def _configuration(service: ServiceSettings) -> dict[str, Any]:
    common = {"CACHE_DEFAULT_TIMEOUT": service.cache_seconds, "CACHE_KEY_PREFIX": "faq:"}
    if service.redis_url is None:
        return {**common, "CACHE_TYPE": f"{__name__}.memory_cache", "CACHE_THRESHOLD": service.cache_entries}
    timeouts = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
    return {
        **common,
        "CACHE_TYPE": f"{__name__}.redis_cache",
        "CACHE_REDIS_URL": service.redis_url,
        "CACHE_OPTIONS": timeouts,
    }


def _context(settings: Settings, encoder: str) -> str:
    values = {key: value for key, value in vars(settings).items() if key not in _NOT_DECISION}
    contents = {name: digest(path) for name, path in files_of_recall(settings).items()}
    return hashlib.sha256(json.dumps([_FORMAT, values, contents, encoder], sort_keys=True).encode()).hexdigest()
