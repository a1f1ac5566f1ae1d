"""Texts that the bot does not say, since they hold a word that must not pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faq_component.dialogue.words import Passing, Side
from faq_component.knowledge.responses import said
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry


def forbidden(entries: Sequence[Entry], bot: Side) -> Iterator[Finding]:
    """The rule ``forbidden``: responses, and titles, with a word of the list ``bot.refuse``."""
    for entry in entries:
        if bot.passing(entry.topic.title) is Passing.REFUSE:
            yield finding("forbidden-title", entry, entry.topic.title, entry.line)
        for number, response in enumerate(entry.topic.responses):
            if refused := [text for text in said(response) if bot.passing(text) is Passing.REFUSE]:
                yield finding("forbidden", entry, refused[0], entry.response_line(number))
