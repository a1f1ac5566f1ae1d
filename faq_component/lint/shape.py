"""Rules on how a knowledge base is laid out: one post, and the same post in two topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from faq_component.knowledge.faults import Fault
from faq_component.knowledge.store import is_url
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry
from faq_component.text import comparison_key, normalize


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


def same_posts(entries: Sequence[Entry], rewrite: Callable[[str], str], *, scoped: bool = False) -> Iterator[Finding]:
    """The rule ``same-post``: posts of two topics that differ in punctuation, case and what `rewrite` evens out.

    With `scoped`, only of topics that a scope may hold together.
    """
    first: dict[str, list[tuple[Entry, int]]] = {}
    for entry in entries:
        for number, post in enumerate(entry.topic.posts):
            known = first.setdefault(comparison_key(rewrite(post)), [])
            others = [one for one in known if one[0] is not entry and (not scoped or share_a_scope(one[0], entry))]
            if all(one[0] is not entry for one in known):
                known.append((entry, number))
            if others:
                other, place = others[0]
                at = where(other.file, other.post_line(place))
                yield finding("same-post", entry, post, entry.post_line(number), other=other.topic.title, at=at)


def share_a_scope(first: Entry, second: Entry) -> bool:
    """Whether a scope may hold two topics: they have a common tag, or one has no tags."""
    one, other = ({normalize(tag) for tag in entry.topic.options.tags} for entry in (first, second))
    return not one or not other or not one.isdisjoint(other)


def where(file: str | None, line: int | None) -> str:
    """A place in brackets, for the middle of a sentence; empty where there is none."""
    return "" if file is None else f" ({file}:{line})"
