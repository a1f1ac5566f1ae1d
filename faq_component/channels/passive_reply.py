"""An answer that is given in the response to the platform's request, if it is ready in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_LATE = 0.3  # seconds after which a response was perhaps too late, although it was ready in time


class PassiveReply:
    """The answer to one message, given to one of its deliveries.

    The platform delivers a message again when it got no response in time; by then the delivery before has been given
    up. So the newest one waits for the answer, and one that comes after the answer was given gets it only where the
    response before was late.
    """

    def __init__(self) -> None:
        self._text: str | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._given = False
        self._given_late = False
        self._since = 0.0
        self.returned: Callable[[str], None] = lambda _: None
        """Called with the answer where the connection was lost just when it was given."""

    @property
    def given(self) -> bool:
        """Whether a delivery got the answer."""
        return self._given

    def give(self, text: str) -> bool:
        """Hand over the answer; returns whether a delivery was waiting, else it is kept for the next one."""
        self._text = text
        if self._waiting is None or self._waiting.done():
            return False
        self._waiting.set_result(text)
        return True

    def take_back(self) -> str | None:
        """The answer, if no delivery got it; none will then."""
        text = None if self._given else self._text
        self._given = self._given or text is not None
        return text

    async def wait(self, seconds: float) -> str | None:
        """The answer, or None where it is not ready in time, or was given to the delivery before."""
        now = time.monotonic()
        if self._given:
            return self._text if self._given_late else None
        self._since = now
        if self._text is not None:
            return self._hand_over(seconds)
        if self._waiting is not None:
            self._waiting.cancel()
        mine = self._waiting = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait({mine}, timeout=seconds)
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.returned(mine.result())
            mine.cancel()
            raise
        if mine.done() and not mine.cancelled():
            return self._hand_over(seconds)
        mine.cancel()
        return None

    def _hand_over(self, seconds: float) -> str | None:
        self._given = True
        self._given_late = time.monotonic() - self._since > seconds + _LATE
        return self._text
