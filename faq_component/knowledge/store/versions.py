"""Versions of a knowledge base, as `faq history` lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from faq_component.errors import SettingsError
from faq_component.language import _


@dataclass(frozen=True)
class Version:
    """One edit of the knowledge base.

    Args:
        number: counted from 1.
        time: in UTC.
        who: the author.
        what: a short description.
        fingerprint: of the knowledge base after the edit; empty where that was faulty.
        topics: number of topics added, removed or changed.
        posts: number of posts added, removed or changed; a replacement counts once.
        responses: number of responses added, removed or changed; a replacement counts once.
    """

    number: int
    time: datetime
    who: str
    what: str
    fingerprint: str
    topics: int
    posts: int
    responses: int


def nothing_to_undo(place: str) -> SettingsError:
    """Make the error for a knowledge base that was never edited."""
    return SettingsError(_("{place}: there is nothing to undo; version 1 is the first").format(place=place))


def undo_text(number: int) -> str:
    """Describe the version that brings an older one back."""
    return _("undo, back to version {number}").format(number=number)
