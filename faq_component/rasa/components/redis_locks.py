"""A lock store in Redis, for several workers of Rasa."""

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

from faq_component.language import _, listed

_SETTINGS = frozenset({"port", "db", "username", "password", "ssl"})
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0  # time-out of one command


class RedisLocks(LockStore):
    """A queue of messages per conversation in Redis, for ``lock_store: type:`` in ``endpoints.yml``.

    Rasa's RedisLockStore reads a queue of tickets, adds one and writes it back. Two workers doing so at once issue the
    same ticket: of eight messages of one user, sent four at a time, two got no answer. It polls once a second.
    Here one atomic command enters a message into the queue, and it is handled within 20 ms of becoming the first.
    Redis's own lock would be shorter, but does not keep the order. A message that waits longer than Rasa's lifetime of
    a lock (``TICKET_LOCK_LIFETIME``, 60 s) gets a `LockError`, as in Rasa. After that time, by the workers' clocks,
    entries of a dead worker are dropped.

    Args:
        endpoint_config: ``url`` (the host), ``port``, ``db``, ``username``, ``password``, ``ssl`` and ``key_prefix``.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        given = dict(endpoint_config.kwargs)
        self._prefix = f"{given.pop('key_prefix', 'rasa')}:lock:"
        unknown = sorted(set(given) - _SETTINGS)
        if unknown:
            raise InvalidConfigException(
                _("endpoints.yml, 'lock_store': there is no setting '{name}'; it has {known}").format(
                    name=unknown[0], known=listed(["key_prefix", *sorted(_SETTINGS)])
                )
            )
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
        """Wait for the conversation's turn, and hold it for at most `lock_lifetime` seconds."""
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
            await self._leave(queue, ticket)  # it may be in the queue although Redis's answer was lost
            raise LockError(f"Redis does not answer ({type(error).__name__}), so no message can be handled.") from error
        except BaseException:
            await self._leave(queue, ticket)
            raise
        try:
            yield
        finally:
            await self._leave(queue, ticket)

    async def _leave(self, queue: str, ticket: bytes) -> None:
        with suppress(RedisError, OSError):  # an entry that cannot be removed expires
            await self._redis.lrem(queue, 1, ticket)
