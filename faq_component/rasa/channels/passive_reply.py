"""An answer that is given in the response to the platform's request, if it is ready in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_TIMED_OUT = 4.6  # seconds: WeChat waits for 5, and an answer is given within 4.5


class PassiveReply:
    """The answer to one message, given to one of its deliveries.

    The platform delivers a message again when it got no response in time; by then the delivery before has been given
    up. So the newest one waits for the answer. One that comes after the answer was given gets it again, for the
    response did not reach the platform in time; but where it comes too soon for that it is a mere duplicate.

    Args:
        timed_out: seconds after the delivery before from which on a delivery is not a mere duplicate.
    """

    def __init__(self, timed_out: float = _TIMED_OUT) -> None:
        self._timed_out = timed_out
        self._text: str | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._given = False
        self._since = 0.0  # when the newest delivery came
        self.returned: Callable[[], None] = lambda: None
        """Called where the connection was lost just when it was given."""

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
        if self._given:
            return None
        text, self._text = self._text, None
        self._given = text is not None
        return text

    async def wait(self, seconds: float) -> str | None:
        """The answer, or None where it is not ready in time, or was given to the delivery before."""
        before, self._since = self._since, time.monotonic()
        if self._given:
            return self._text if self._since - before >= self._timed_out else None
        if self._text is not None:
            return self._hand_over()
        if self._waiting is not None:
            self._waiting.cancel()
        mine = self._waiting = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait({mine}, timeout=seconds)
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.returned()
            mine.cancel()
            raise
        if mine.done() and not mine.cancelled():
            return self._hand_over()
        mine.cancel()
        return None

    def _hand_over(self) -> str | None:
        if self._given:  # by a delivery that came between the answer and this one's turn
            return None
        self._given = True
        return self._text
