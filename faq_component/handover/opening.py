"""Handing a conversation over, and what the bot says to the user."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from faq_component.dialogue.spoken import CHINESE, language_of
from faq_component.dialogue.voice import Voice
from faq_component.errors import HandoverStoreError
from faq_component.handover.bounds import Bound
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import Author, Handover, Reason
from faq_component.support.said_once import SaidOnce
from faq_component.usage.masking import mask

logger = logging.getLogger(__name__)

_said = SaidOnce(logger)
_FULL = {
    Bound.ALL: "As many conversations are handed over as can be, and no more are; hand some back in the inbox.",
    Bound.CHANNEL: "A channel has nearly all places of the inbox, and gets no more; hand some back in the inbox.",
    Bound.SOURCE: "One address has as many conversations handed over as it can, and gets no more.",
    Bound.CONVERSATION: "A conversation was handed over again and again, and is not for an hour.",
}
_MOST_SHOWN = 30  # messages from before the handover
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Opening:
    """What came of the wish for a person.

    Args:
        text: for the user.
        handover: None where nobody can be reached.
    """

    text: str
    handover: Handover | None


def open_handover(
    settings: HandoverSettings,
    store: HandoverStore,
    voice: Voice,
    *,
    conversation: str,
    channel: str,
    reason: Reason,
    before: Iterable[tuple[Author, str, float]],
    language: str = "",
    source: str = "",
    at: datetime | None = None,
) -> Opening:
    """Hand a conversation over if somebody is there and the channel can be written to; say so, or when.

    Args:
        settings: opening hours.
        store: where the conversation then waits.
        voice: sentences in the language of the conversation.
        conversation: the sender's id.
        channel: where the conversation is.
        reason: why it is handed over.
        before: what was said, oldest first: author, text, seconds since 1970; masked here.
        language: of the conversation.
        source: of whom it is, as the store's `source_of` names it; empty where that is not known.
        at: the present moment, by default that of this machine.
    """
    now = at or datetime.now(timezone.utc)
    if not settings.hours.is_open(now):
        opening = settings.hours.next_opening(now)
        if opening is None:
            return Opening(voice.say("handover_closed_for_long"), None)
        return Opening(voice.say("handover_closed", opening=_spoken(opening, voice)), None)
    try:
        if not store.reaches(channel):
            return Opening(voice.say("handover_unreachable"), None)
        bound = store.refuse(conversation, channel, source)
        if bound is not None:
            _said.error("bound", _FULL[bound])
            return Opening(voice.say("handover_unavailable"), None)
        said = [(author, mask(text), moment) for author, text, moment in deque(before, _MOST_SHOWN)]
        handover = store.open(conversation, channel, reason, language=language, before=said, source=source)
        _said.well("store")
        _said.well("bound")
    except HandoverStoreError as error:
        _said.error("store", str(error))
        return Opening(voice.say("handover_unavailable"), None)
    return Opening(voice.say("handover_opened"), handover)


def _spoken(moment: datetime, voice: Voice) -> str:
    """Return a day and a time as the voice's language writes them."""
    if language_of(voice.first("handover_closed")) == CHINESE:
        return f"{moment.month}月{moment.day}日{moment:%H:%M}"
    return f"{moment.day} {_MONTHS[moment.month - 1]}, {moment:%H:%M}"
