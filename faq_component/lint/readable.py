"""Rules on what users can read: HTML and escaped line breaks in texts, and answers too long for a message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faq_component.dialogue.message_limits import MESSAGE_LIMITS, MessageLimit
from faq_component.exchange.escapes import with_likely_line_breaks
from faq_component.exchange.html_text import html_in, plain_text
from faq_component.knowledge.responses import said
from faq_component.language import _, listed
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry

_SHOWN = 200  # characters of a suggested text


def markup(entries: Sequence[Entry]) -> Iterator[Finding]:
    r"""The rule ``markup``: HTML, entities and ``\n`` in texts, which users read as they stand."""
    for entry in entries:
        texts = [(entry.topic.title, entry.line)]
        texts += [(post, entry.post_line(number)) for number, post in enumerate(entry.topic.posts)]
        for number, response in enumerate(entry.topic.responses):
            texts += [(text, entry.response_line(number)) for text in said(response)]
        for text, line in dict.fromkeys(texts):
            broken = with_likely_line_breaks(text)
            if broken != text:
                yield finding("escape", entry, text, line, plain=_shown(broken))
            if mark := html_in(text):
                yield finding("html", entry, text, line, mark=mark, plain=_shown(plain_text(broken).text))


def long_answers(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rule ``long-answer``: answers that channels have to send as several messages."""
    for entry in entries:
        for number, response in enumerate(entry.topic.responses):
            for text in said(response):
                if over := [_limit(limit) for limit in MESSAGE_LIMITS.values() if not limit.allows(text)]:
                    facts = {"count": f"{len(text):,}", "channels": listed(over)}
                    yield finding("long-answer", entry, text, entry.response_line(number), **facts)


def _limit(limit: MessageLimit) -> str:
    message = _("{channel} ({count} bytes)") if limit.in_bytes else _("{channel} ({count} characters)")
    return message.format(channel=limit.channel, count=f"{limit.longest:,}")


def _shown(text: str) -> str:
    text = text.replace("\n", " ⏎ ")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
