"""Overlap of characters between the posts of a topic: a sign of posts made from a template."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from faq_component.knowledge.checking import Faq
from faq_component.text import char_ngrams


@dataclass(frozen=True)
class TopicOverlap:
    """Mean Jaccard similarity of the character bigrams of a topic's posts, over all pairs, and the closest pair."""

    title: str
    mean: float
    closest: tuple[str, str]


def topic_overlaps(faq: Faq) -> list[TopicOverlap]:
    """Compute the overlap of each topic of at least two posts, the greatest first."""
    found = []
    for topic in faq.topics:
        bigrams = {post: char_ngrams(post) for post in topic.posts}
        pairs = {
            (first, second): len(bigrams[first] & bigrams[second]) / len(bigrams[first] | bigrams[second])
            for first, second in itertools.combinations(bigrams, 2)
        }
        if pairs:
            closest = max(pairs, key=lambda pair: pairs[pair])
            found.append(TopicOverlap(topic.title, sum(pairs.values()) / len(pairs), closest))
    return sorted(found, key=lambda item: -item.mean)
