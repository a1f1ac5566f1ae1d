"""A lock store in Redis, for several workers of Rasa."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.exceptions import RedisError

from faq_component.language import _
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.support.setting_fields import Affects, CheckedSettings, setting

_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0  # time-out of one command


_setting = partial(setting, group="Locks", affects=Affects.NOTHING)


@dataclass(frozen=True)
class LockSettings(CheckedSettings):
    """The section `lock_store` of `endpoints.yml`."""

    url: str = _setting("localhost", "host of Redis")
    port: int = _setting(6379, "port of Redis", low=1, high=65_535)
    db: int = _setting(1, "number of the database", low=0, high=1_000_000)
    username: str | None = _setting(None, "name to log in with")
    password: str | None = _setting(None, "password to log in with", shown=False)
    ssl: bool = _setting(False, "connect over TLS")
    key_prefix: str = _setting("rasa", "prefix of the keys, before `:lock:`")


class RedisLocks(LockStore):
    """A queue of messages per conversation in Redis, for ``lock_store: type:`` in ``endpoints.yml``.

    Rasa's RedisLockStore reads a queue of tickets, adds one and writes it back. Two workers doing so at once issue the
    same ticket: of eight messages of one user, sent four at a time, two got no answer. It polls once a second.
    Here one atomic command enters a message into the queue, and it is handled within 20 ms of becoming the first.
    Redis's own lock would be shorter, but does not keep the order. A message that waits longer than Rasa's lifetime of
    a lock (``TICKET_LOCK_LIFETIME``, 60 s) gets a `LockError`, as in Rasa. After that time, by the workers' clocks,
    entries of a dead worker are dropped.

    Args:
        endpoint_config: the section, with the settings of `LockSettings`.

    Raises:
        InvalidConfigException: a setting is wrong or unknown.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        with raised_as_rasa_does(_("endpoints.yml, 'lock_store': {fault}")):
            settings = LockSettings.from_mapping({"url": endpoint_config.url, **endpoint_config.kwargs}, lenient=True)
        self._prefix = f"{settings.key_prefix}:lock:"
        self._redis: Redis = Redis(
            host=settings.url,
            port=settings.port,
            db=settings.db,
            username=settings.username,
            password=settings.password,
            ssl=settings.ssl,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
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
