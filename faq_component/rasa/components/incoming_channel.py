"""The channel of the message that is being handled, which Rasa tells its pipeline only after the first message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rasa.shared.core.trackers import DialogueStateTracker

_handled: ContextVar[str | None] = ContextVar("channel of the message that is handled", default=None)


@contextmanager
def handling(channel: str | None) -> Iterator[None]:
    """Name the channel of a message while it is handled."""
    token = _handled.set(channel)
    try:
        yield
    finally:
        _handled.reset(token)


def channel_of(tracker: DialogueStateTracker | None) -> str | None:
    """Return the channel of the message that is handled; by default that of the conversation's last message."""
    channel = _handled.get() or (tracker.get_latest_input_channel() if tracker is not None else None)
    return channel if isinstance(channel, str) else None
