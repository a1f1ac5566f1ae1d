"""Rules on how a knowledge base is laid out: one post, and the same post in two topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from faq_component.knowledge.faults import Fault
from faq_component.knowledge.store import is_url
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry
from faq_component.text import comparison_key


def format_faults(faults: Sequence[str]) -> Iterator[Finding]:
    """The rule ``format``: what `faq check` refuses, empty answers among it."""
    for fault in faults:
        if isinstance(fault, Fault) and not is_url(fault.place):
            facts = (("message", fault.message),)
            yield Finding("format", fault.topic or "", fault.message, facts, fault.place, fault.line)
        else:
            yield Finding("format", "", fault, (("message", fault),))


def single_posts(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rule ``one-post``."""
    for entry in entries:
        if len(entry.topic.posts) == 1:
            yield finding("one-post", entry, entry.topic.posts[0], entry.line)


def same_posts(entries: Sequence[Entry], rewrite: Callable[[str], str]) -> Iterator[Finding]:
    """The rule ``same-post``: posts of two topics that differ in punctuation, case and what `rewrite` evens out."""
    first: dict[str, tuple[Entry, int]] = {}
    for entry in entries:
        for number, post in enumerate(entry.topic.posts):
            other, place = first.setdefault(comparison_key(rewrite(post)), (entry, number))
            if other is not entry:
                there = where(other.file, other.post_line(place))
                yield finding("same-post", entry, post, entry.post_line(number), other=other.topic.title, there=there)


def where(file: str | None, line: int | None) -> str:
    """A place in brackets, for the middle of a sentence; empty where there is none."""
    return "" if file is None else f" ({file}:{line})"
