"""The queue of each conversation in a real Redis, among several clients as workers are."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest
from rasa.core.lock_store import LockError
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio.client import Pipeline, Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from faq_component.rasa import RedisLocks
from faq_component.rasa.process.launch import HOST
from tests.redis_server import RedisServer
from tests.servers import free_port, new_sender

HOUR = 3600.0  # of a lock, which ends by the clock of the machine: that of a virtual one may leap


def worker(redis: RedisServer) -> RedisLocks:
    return RedisLocks(EndpointConfig(HOST, port=redis.port, password=redis.password))


def observing(redis: RedisServer) -> Redis:
    """A client of the database in which the queues are."""
    return Redis(host=HOST, port=redis.port, password=redis.password, db=1)


def test_messages_are_handled_one_at_a_time_in_the_order_in_which_they_came(redis: RedisServer) -> None:
    async def play() -> list[int]:
        workers, sender, handled, inside = [worker(redis) for _ in range(3)], new_sender(), [], 0
        observer = observing(redis)

        async def queued() -> int:
            """How many messages of any conversation have ever been put into a queue of this Redis."""
            return int((await observer.info("commandstats")).get("cmdstat_rpush", {"calls": 0})["calls"])

        async def handle(number: int) -> None:
            nonlocal inside
            async with workers[number % 3].lock(sender):
                inside += 1
                assert inside == 1
                await asyncio.sleep(0.01)
                handled.append(number)
                inside -= 1

        messages, before = [], await queued()
        for number in range(20):
            messages.append(asyncio.ensure_future(handle(number)))
            while await queued() == before + number:  # the next one comes when this one is in the queue
                await asyncio.sleep(0.001)
        await asyncio.gather(*messages)
        return handled

    assert asyncio.run(play()) == list(range(20))


def test_another_conversation_does_not_wait(redis: RedisServer) -> None:
    async def play() -> None:
        one, other = worker(redis), worker(redis)
        async with one.lock(new_sender()), other.lock(new_sender()):
            pass

    asyncio.run(asyncio.wait_for(play(), 10))


def test_what_is_never_left_is_free_after_the_lifetime_of_a_lock(redis: RedisServer) -> None:
    async def play() -> None:
        sender = new_sender()
        held = worker(redis).lock(sender, lock_lifetime=0.5)
        await held.__aenter__()  # and never leaves
        async with worker(redis).lock(sender, lock_lifetime=5):
            pass

    asyncio.run(asyncio.wait_for(play(), 10))


_DIES = """
import asyncio, os, sys
from tests.rasa.components.test_redis_locks import HOUR, HOST, EndpointConfig, RedisLocks

async def die() -> None:
    locks = RedisLocks(EndpointConfig(HOST, port=int(sys.argv[1]), password=sys.argv[2]))
    async def hold() -> None:
        async with locks.lock(sys.argv[3], HOUR):
            await asyncio.sleep(HOUR)
    holding = [asyncio.ensure_future(hold()) for _ in range(3)]
    while await locks._redis.llen("rasa:lock:" + sys.argv[3]) < 3:
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), 9)

asyncio.run(die())
"""


def test_what_a_killed_worker_held_and_waited_for_is_free_at_once(redis: RedisServer) -> None:
    async def play() -> None:
        sender = new_sender()
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-W", "ignore", "-c", _DIES, str(redis.port), redis.password, sender]
        )
        observer = observing(redis)
        assert await observer.llen(f"rasa:lock:{sender}") == 3
        handled = []
        for number in range(2):
            async with worker(redis).lock(sender, HOUR):
                handled.append(number)
        assert handled == [0, 1]
        assert await observer.llen(f"rasa:lock:{sender}") == 0

    asyncio.run(asyncio.wait_for(play(), 120))


@pytest.mark.parametrize("owner", ["another-machine|1|123@456", "earlier version"])
def test_what_a_worker_elsewhere_holds_is_waited_for_longer_than_it_lives(redis: RedisServer, owner: str) -> None:
    async def play() -> None:
        sender = new_sender()
        observer = observing(redis)
        begun = time.time()
        await observer.rpush(f"rasa:lock:{sender}", f"id|{owner}:{begun + 1.0:.3f}")
        async with worker(redis).lock(sender, lock_lifetime=0.9):  # as if it had come when the other one took it
            assert time.time() >= begun + 1.0

    asyncio.run(asyncio.wait_for(play(), 10))


def test_the_queue_lives_for_as_long_as_a_turn_that_was_waited_for(redis: RedisServer) -> None:
    async def play() -> None:
        sender = new_sender()
        observer = observing(redis)
        queue = f"rasa:lock:{sender}"

        async def wait() -> None:
            async with worker(redis).lock(sender, HOUR):
                assert await observer.pttl(queue) > 1000 * HOUR

        async with worker(redis).lock(sender, HOUR):
            waiting = asyncio.ensure_future(wait())
            while await observer.llen(queue) < 2:
                await asyncio.sleep(0.01)
            await observer.pexpire(queue, 60_000)  # as if nearly all of it had passed
        await waiting

    asyncio.run(asyncio.wait_for(play(), 10))


def test_a_reply_that_is_lost_leaves_nothing_in_the_queue(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        sender, execute = new_sender(), Pipeline.execute

        async def lose_the_reply(self: Pipeline, *arguments: object) -> None:
            await execute(self, *arguments)
            raise RedisTimeoutError

        with monkeypatch.context() as patched:
            patched.setattr(Pipeline, "execute", lose_the_reply)
            with pytest.raises(LockError, match="Redis does not answer"):
                async with worker(redis).lock(sender):
                    pass
        async with worker(redis).lock(sender):
            pass

    asyncio.run(asyncio.wait_for(play(), 10))


def test_who_waits_too_long_gets_an_error(redis: RedisServer) -> None:
    async def play() -> None:
        sender = new_sender()
        async with worker(redis).lock(sender, HOUR):
            with pytest.raises(LockError, match="was not free within"):
                async with worker(redis).lock(sender, lock_lifetime=0.1):
                    pass

    asyncio.run(asyncio.wait_for(play(), 10))


def test_a_message_that_is_cancelled_leaves_the_queue(redis: RedisServer) -> None:
    async def play() -> None:
        locks, sender = worker(redis), new_sender()

        async def wait() -> None:
            async with locks.lock(sender, HOUR):
                raise AssertionError("it was handled")

        async with locks.lock(sender, HOUR):
            waiting = asyncio.ensure_future(wait())
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with locks.lock(sender, HOUR):
            pass

    asyncio.run(asyncio.wait_for(play(), 10))


def test_without_redis_there_is_one_sentence() -> None:
    async def play() -> None:
        async with RedisLocks(EndpointConfig(HOST, port=free_port())).lock(new_sender()):
            pass

    with pytest.raises(LockError, match="Redis does not answer"):
        asyncio.run(play())
