"""The posts of a knowledge base as rows from which pairs are drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from faq_component.knowledge.topics import Faq
from faq_component.text import comparison_key


@dataclass(frozen=True)
class Posts:
    """The posts to draw from, ordered by topic id, so that the rows of a topic are contiguous.

    A post that a topic repeats (by `comparison_key`) is taken once. A post of several topics is left out: it would be
    labelled the same as a text in one pair, and different from it in another. `topics` holds the topic id of each row,
    `spans` the first row of each topic and the row after its last; `ambiguous` counts the posts that were left out.
    """

    texts: tuple[str, ...]
    topics: tuple[str, ...]
    spans: dict[str, tuple[int, int]]
    ambiguous: int

    @classmethod
    def of(cls, faq: Faq) -> Posts:
        """Make the rows of a knowledge base; they do not depend on the order of its topics."""
        holders: dict[str, set[str]] = defaultdict(set)
        by_topic: dict[str, dict[str, str]] = {}
        for topic in sorted(faq.topics, key=lambda topic: topic.id):
            posts: dict[str, str] = {}
            for post in topic.posts:
                posts.setdefault(comparison_key(post), post)
            for key in posts:
                holders[key].add(topic.id)
            by_topic[topic.id] = posts
        texts: list[str] = []
        topics: list[str] = []
        spans = {}
        for topic_id, posts in by_topic.items():
            kept = [post for key, post in posts.items() if len(holders[key]) == 1]
            if kept:
                spans[topic_id] = len(texts), len(texts) + len(kept)
            texts += kept
            topics += [topic_id] * len(kept)
        return cls(tuple(texts), tuple(topics), spans, sum(len(ids) > 1 for ids in holders.values()))

    def __len__(self) -> int:
        return len(self.texts)

    def own_topic(self, row: int) -> tuple[int, int]:
        """Return the first row of a row's topic, and the row after its last."""
        return self.spans[self.topics[row]]
