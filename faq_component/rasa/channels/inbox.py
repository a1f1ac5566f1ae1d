"""A queue that handles each message once, and the messages of a conversation in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from faq_component.rasa.channels.handled import Handled
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.channels.webhook import RefusalError

logger = logging.getLogger(__name__)

_REMEMBERED = 20_000  # messages, to recognise redeliveries
_MAX_WAITING = 2_000
_MAX_SECONDS = 120
_REPEATED = "it repeats a message that has been handled"

Delivery = TypeVar("Delivery")


class _Known(Generic[Delivery]):
    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.since = time.monotonic()
        self.repeats = 0
        self.is_here = False  # whether this process handles it, or another


class Inbox(Generic[Delivery]):
    """The messages in progress, and those handled recently.

    A repeated message is not handled again, in this process or another. Up to `redeliveries` repeats within `seconds`
    are redeliveries of the platform; any further one is a replay and is refused. What another process has left undone
    at its end is handled at the next redelivery.

    Args:
        channel: name of the channel, for the log.
        handle: handles a message; messages of one conversation are handled in order of arrival.
        new: creates the state of a message, which `put` returns for each of its deliveries to this process.
        redeliveries: number of times the platform redelivers a message.
        seconds: time after the first delivery within which it does.
        handled: the messages that this and other processes have handled.
    """

    def __init__(
        self,
        channel: str,
        handle: Callable[[Incoming, Delivery], Awaitable[None]],
        new: Callable[[], Delivery],
        *,
        redeliveries: int,
        seconds: float,
        handled: Handled,
    ) -> None:
        self._channel = channel
        self._handle = handle
        self._new = new
        self._redeliveries = redeliveries
        self._seconds = seconds
        self._handled = handled
        self._known: dict[tuple[str, str], _Known[Delivery]] = {}
        self._last: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, incoming: Incoming) -> Delivery:
        """Start handling a message unless it is known, and return its state.

        Raises:
            RefusalError: it is a replay, or too many messages are waiting.
        """
        key = (incoming.sender, incoming.id)
        known = self._known.get(key)
        if known is not None:
            known.repeats += 1
            if known.repeats > self._redeliveries or time.monotonic() - known.since > self._seconds:
                raise RefusalError(409, _REPEATED)
            if known.is_here:
                return known.delivery
        if len(self._tasks) >= _MAX_WAITING:
            raise RefusalError(429, f"{_MAX_WAITING:,} messages are waiting")
        earlier = self._handled.add(_name(incoming))
        if earlier is not None and earlier.seconds > self._seconds:
            raise RefusalError(409, _REPEATED)
        if known is None:
            known = self._known[key] = _Known(self._new())
            known.repeats = int(earlier is not None)
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        if earlier is not None:  # another process handles it
            return known.delivery
        known.is_here = True
        before = self._last.get(incoming.sender)
        task = asyncio.ensure_future(self._run(incoming, known.delivery, before))
        self._last[incoming.sender] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._forget(incoming.sender, done))
        return known.delivery

    async def close(self, seconds: float) -> None:
        """Wait for the messages in progress, and cancel those that take longer than `seconds`."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    async def _run(self, incoming: Incoming, delivery: Delivery, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await asyncio.wait_for(self._handle(incoming, delivery), _MAX_SECONDS)
        except Exception as error:
            # The type only: texts of network errors may hold tokens.
            logger.error("A message to the channel %s failed with %s.", self._channel, type(error).__name__)
            logger.debug("It failed here:", exc_info=error)
        self._handled.finish(_name(incoming))

    def _forget(self, sender: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._last.get(sender) is task:
            del self._last[sender]


def _name(incoming: Incoming) -> str:
    return f"{incoming.sender}\n{incoming.id}"
