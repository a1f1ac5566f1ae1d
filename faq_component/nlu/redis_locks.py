"""Whose turn it is in a conversation, among several workers of Rasa."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.shared.exceptions import InvalidConfigException
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError as LostError
from redis.exceptions import RedisError

_TAKE = frozenset({"port", "db", "username", "password", "ssl"})
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0  # that Redis may take for one command


class RedisLocks(LockStore):
    """Redis's own lock for each conversation, named in ``endpoints.yml`` under ``lock_store: type:``.

    Rasa's lock store for Redis reads a queue of tickets, adds one and writes it back: two workers that do so at once
    give out the same ticket, and of eight messages of one user, sent four at a time, two got no answer; besides it
    looks only once a second. Here taking a lock is one command, and the wait ends 20 ms after the lock is free. Whoever
    waits longer than Rasa's lifetime of a lock (``TICKET_LOCK_LIFETIME``, 60 s) gets a `LockError`, as with Rasa's.

    Args:
        endpoint_config: ``url`` is the host; ``port``, ``db``, ``username``, ``password``, ``ssl`` and ``key_prefix``.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        given = dict(endpoint_config.kwargs)
        self._prefix = f"{given.pop('key_prefix', 'rasa')}:lock:"
        unknown = sorted(set(given) - _TAKE)
        if unknown:
            raise InvalidConfigException(f"lock_store: unknown '{unknown[0]}'; known are {', '.join(sorted(_TAKE))}")
        given["port"], given["db"] = int(given.get("port", 6379)), int(given.get("db", 1))
        self._redis: Redis = Redis(
            host=endpoint_config.url,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            **given,
        )
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = _POLL_SECONDS
    ) -> AsyncIterator[Lock]:
        """Wait for the conversation, and hold it for `lock_lifetime` seconds at most."""
        lock = self._redis.lock(self._prefix + conversation_id, lock_lifetime, _POLL_SECONDS)
        try:
            taken = await lock.acquire(blocking_timeout=lock_lifetime)
        except (RedisError, OSError) as error:
            raise LockError(f"Redis does not answer ({type(error).__name__}), so no message can be handled.") from error
        if not taken:
            raise LockError(f"Conversation '{conversation_id}' was not free within {lock_lifetime:g} seconds.")
        try:
            yield lock
        finally:
            with suppress(LostError, RedisError, OSError):  # what cannot be given back runs out
                await lock.release()
