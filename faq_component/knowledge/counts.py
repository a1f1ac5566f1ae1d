"""Numbers of things as the commands say them: 1 topic, 2 topics."""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.knowledge.topics import Topic
from faq_component.language import listed, ngettext


def topics(count: int) -> str:
    """So many topics."""
    return ngettext("{count:,} topic", "{count:,} topics", count).format(count=count)


def posts(count: int) -> str:
    """So many posts."""
    return ngettext("{count:,} post", "{count:,} posts", count).format(count=count)


def responses(count: int) -> str:
    """So many responses."""
    return ngettext("{count:,} response", "{count:,} responses", count).format(count=count)


def questions(count: int) -> str:
    """So many questions."""
    return ngettext("{count:,} question", "{count:,} questions", count).format(count=count)


def pairs(count: int) -> str:
    """So many pairs of sentences."""
    return ngettext("{count:,} pair", "{count:,} pairs", count).format(count=count)


def faults(count: int) -> str:
    """So many faults."""
    return ngettext("{count:,} fault", "{count:,} faults", count).format(count=count)


def contents(of: Sequence[Topic]) -> str:
    """The posts and responses of topics: 5 posts, 2 responses."""
    numbers = sum(len(topic.posts) for topic in of), sum(len(topic.responses) for topic in of)
    return listed((posts(numbers[0]), responses(numbers[1])))
