"""Whose turn it is in a conversation, among several workers of Rasa."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.shared.exceptions import InvalidConfigException
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.exceptions import RedisError

_TAKE = frozenset({"port", "db", "username", "password", "ssl"})
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0  # that Redis may take for one command


class RedisLocks(LockStore):
    """A queue of messages for each conversation in Redis, named in ``endpoints.yml`` under ``lock_store: type:``.

    Rasa's lock store for Redis reads a queue of tickets, adds one and writes it back: two workers that do so at once
    give out the same ticket, and of eight messages of one user, sent four at a time, two got no answer; besides it
    looks only once a second. Here a message enters the queue by one command, is handled when it is the first, and the
    wait ends 20 ms after that. Redis's own lock would be shorter, but does not keep the order. Whoever waits longer
    than Rasa's lifetime of a lock (``TICKET_LOCK_LIFETIME``, 60 s) gets a `LockError`, as with Rasa's, and what a
    worker leaves in the queue when it dies is dropped after that time, by the clocks of the workers.

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
    ) -> AsyncIterator[None]:
        """Wait for the conversation, and hold it for `lock_lifetime` seconds at most."""
        queue, ends = self._prefix + conversation_id, time.time() + lock_lifetime
        ticket = f"{uuid.uuid4().hex}:{ends:.3f}".encode()
        try:
            async with self._redis.pipeline(transaction=True) as commands:
                await commands.rpush(queue, ticket).pexpire(queue, int(lock_lifetime * 1000)).execute()
            while (first := await self._redis.lindex(queue, 0)) != ticket:
                if first is None or time.time() > ends:
                    raise LockError(f"Conversation '{conversation_id}' was not free within {lock_lifetime:g} seconds.")
                if float(first.partition(b":")[2]) < time.time():
                    await self._redis.lrem(queue, 1, first)
                else:
                    await asyncio.sleep(_POLL_SECONDS)
        except (RedisError, OSError) as error:
            await self._leave(queue, ticket)  # it may be in, though its answer was lost
            raise LockError(f"Redis does not answer ({type(error).__name__}), so no message can be handled.") from error
        except BaseException:
            await self._leave(queue, ticket)
            raise
        try:
            yield
        finally:
            await self._leave(queue, ticket)

    async def _leave(self, queue: str, ticket: bytes) -> None:
        with suppress(RedisError, OSError):  # what cannot be taken out runs out
            await self._redis.lrem(queue, 1, ticket)
