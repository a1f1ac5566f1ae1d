"""An answer in the response to the platform's request, if it is ready in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_TIMED_OUT = 4.6  # seconds: WeChat waits for 5, and `reply_seconds` is at most 4.5


class PassiveReply:
    """The answer to one message, given in the response to one of its deliveries.

    The platform redelivers a message when no response arrives in time, and has then abandoned the previous delivery.
    So the newest delivery waits for the answer. A redelivery after the answer was given gets it again, since the
    response did not arrive in time; one that comes sooner than that is a duplicate and gets nothing.

    Args:
        timed_out: seconds from the previous delivery after which another one is a redelivery, not a duplicate.
    """

    def __init__(self, timed_out: float = _TIMED_OUT) -> None:
        self._timed_out = timed_out
        self._text: str | None = None
        self._waiting: asyncio.Future[str] | None = None
        self._given = False
        self._since = 0.0  # time of the newest delivery
        self.returned: Callable[[], None] = lambda: None
        """Called when the connection was lost just as the answer was given."""

    @property
    def given(self) -> bool:
        """Whether a delivery has got the answer."""
        return self._given

    def give(self, text: str) -> bool:
        """Give the answer to the waiting delivery, else keep it for the next; return whether one was waiting."""
        self._text = text
        if self._waiting is None or self._waiting.done():
            return False
        self._waiting.set_result(text)
        return True

    def take_back(self) -> str | None:
        """Withdraw and return the answer, or None if a delivery has got it."""
        if self._given:
            return None
        text, self._text = self._text, None
        self._given = text is not None
        return text

    async def wait(self, seconds: float) -> str | None:
        """Wait for the answer; None if it is not ready in time or an earlier delivery has got it."""
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
        if self._given:  # to a delivery that ran between the answer and this one
            return None
        self._given = True
        return self._text
