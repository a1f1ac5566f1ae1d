"""A lock store in Redis, for several workers of Rasa."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.exceptions import RedisError

from faq_component.language import _
from faq_component.rasa.config_faults import raised_as_rasa_does
from faq_component.support.processes import Process
from faq_component.support.setting_fields import Affects, CheckedSettings, setting

_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0  # time-out of one command
_PATIENCE = 2  # lifetimes of a lock that a message waits: a dead worker's is over after one
# Whose ticket is the first begins a turn: with another ticket, and the queue lives for as long as one who waits, so
# that it does not end before the turn does. Who came then would have another turn.
_TAKE = """local first = redis.call('LINDEX', KEYS[1], 0)
if first == ARGV[1] then
    redis.call('LSET', KEYS[1], 0, ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return first"""


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
    Redis's own lock would be shorter, but does not keep the order. What a dead worker of this machine holds is free at
    once; what one of another machine holds, after Rasa's lifetime of a lock (``TICKET_LOCK_LIFETIME``, 60 s), by the
    workers' clocks. A message that waits for twice that time gets a `LockError`. Where it waits no longer than a dead
    worker's lock lives, as in Rasa, all that come just after a crash get one.

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
        self._take = self._redis.register_script(_TAKE)
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = _POLL_SECONDS
    ) -> AsyncIterator[None]:
        """Wait for the conversation's turn, and hold it for at most `lock_lifetime` seconds."""
        queue, patience = self._prefix + conversation_id, _PATIENCE * lock_lifetime
        ends = time.time() + patience
        owner, lifetime_of_queue = _owner(), int(patience * 1000)
        ticket = held = _ticket(owner, ends)
        try:
            async with self._redis.pipeline(transaction=True) as commands:
                await commands.rpush(queue, ticket).pexpire(queue, lifetime_of_queue).execute()
            while True:
                held = _ticket(owner, time.time() + lock_lifetime)
                first = await self._take([queue], [ticket, held, lifetime_of_queue])
                if first == ticket:
                    break
                if first is None or time.time() > ends:
                    raise LockError(f"Conversation '{conversation_id}' was not free within {patience:g} seconds.")
                if _is_over(first):
                    await self._redis.lrem(queue, 1, first)
                else:
                    await asyncio.sleep(_POLL_SECONDS)
        except (RedisError, OSError) as error:
            await self._leave(queue, ticket, held)  # one may be in the queue although Redis's answer was lost
            raise LockError(f"Redis does not answer ({type(error).__name__}), so no message can be handled.") from error
        except BaseException:
            await self._leave(queue, ticket, held)
            raise
        try:
            yield
        finally:
            await self._leave(queue, held)

    async def _leave(self, queue: str, *tickets: bytes) -> None:
        with suppress(RedisError, OSError):  # an entry that cannot be removed expires
            for ticket in tickets:
                await self._redis.lrem(queue, 1, ticket)


def _owner() -> str:
    """Identify a message and its process."""
    process = Process.current()
    return f"{uuid.uuid4().hex}|{process.host}|{process.pid}|{process.started or ''}"


def _ticket(owner: str, ends: float) -> bytes:
    """Say whose turn it is, and when others may take it for over."""
    return f"{owner}:{ends:.3f}".encode()


def _is_over(ticket: bytes) -> bool:
    owner, _colon, ends = ticket.decode().rpartition(":")
    if float(ends) < time.time():
        return True
    _id, *process = owner.split("|")
    if len(process) != len(fields(Process)):  # of an earlier version
        return False
    host, pid, started = process
    return Process(host, int(pid), started or None).runs() is False
