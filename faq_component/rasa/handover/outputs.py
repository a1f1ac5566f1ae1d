"""The channels in which a person's words can reach the user, and the way there."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, OutputChannel
from rasa.core.channels.telegram import TelegramInput

logger = logging.getLogger(__name__)


def outputs_of(channels: Iterable[InputChannel]) -> Mapping[str, OutputChannel]:
    """Return the outputs of the channels that can be written to first, by their names.

    A channel of ours may have a `get_push_channel` for it, whose output raises where a message cannot be sent.
    """
    found: dict[str, OutputChannel] = {}
    for channel in channels:
        try:
            output = _output_of(channel)
        except Exception as error:  # each platform's library raises its own
            logger.error("The channel %s cannot be written to: %s.", channel.name(), type(error).__name__)
            continue
        if output is not None and type(output) is not CollectingOutputChannel:  # of which the callback is a subclass
            found[channel.name()] = output
    return found


def _output_of(channel: InputChannel) -> OutputChannel | None:
    get: Any = getattr(channel, "get_push_channel", None)
    if get is None and isinstance(channel, TelegramInput):
        return None  # Rasa's own registers its webhook anew each time, which it cannot in a running server
    output: OutputChannel | None = (get or channel.get_output_channel)()
    return output


def is_elsewhere(output: OutputChannel, conversation: str) -> bool:
    """Whether the user is connected to another process of Rasa, or to none."""
    is_here: Any = getattr(output, "is_here", None)
    return is_here is not None and not is_here(conversation)


def shows_history(output: OutputChannel) -> bool:
    """Whether the user reads the conversation's events after a lost connection, so that nothing is sent again."""
    return hasattr(output, "is_here")
