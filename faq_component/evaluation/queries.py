"""Questions with known topics, and how they are held out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.text import normalize

T = TypeVar("T")


@dataclass(frozen=True)
class Query:
    """A question and the id of the topic that answers it; None where no topic does."""

    text: str
    topic_id: str | None


def load_queries(path: str | Path, faq: Faq) -> list[Query]:
    """Questions from a file in the FAQ format, their topics found in `faq` by id, else by title.

    Raises:
        FaqDataError: the file is faulty, or a topic of it is not in `faq`.
    """
    by_title = {normalize(topic.title): topic.id for topic in faq.topics}
    queries, faults = [], []
    for topic in load_faq(path, responses_required=False).topics:
        topic_id = topic.id if topic.id in faq.by_id else by_title.get(normalize(topic.title))
        if topic_id is None:
            faults.append(f"{path}: topic '{topic.title}' is not in the corpus; add it there or remove it here")
        queries += [Query(post, topic_id) for post in topic.posts]
    if faults:
        raise FaqDataError(faults)
    return queries


def load_unknown(path: str | Path) -> list[Query]:
    """Questions that no topic answers, from a file in the FAQ format; its topics only group them.

    Raises:
        FaqDataError: the file is faulty.
    """
    faq = load_faq(path, responses_required=False)
    return [Query(post, None) for topic in faq.topics for post in topic.posts]


def hold_out(faq: Faq, fraction: float = 0.1, seed: int = 0) -> tuple[Faq, list[Query]]:
    """Split off a seeded random fraction of each topic's posts as questions; the rest stays as the corpus.

    A topic gives ``round(fraction * posts)`` questions, never its last post.
    """
    draw = random.Random(seed)  # noqa: S311 (a split, not a secret)
    topics, queries = [], []
    for topic in faq.topics:
        count = min(round(fraction * len(topic.posts)), len(topic.posts) - 1)
        held = set(draw.sample(range(len(topic.posts)), count))
        queries += [Query(post, topic.id) for number, post in enumerate(topic.posts) if number in held]
        kept = tuple(post for number, post in enumerate(topic.posts) if number not in held)
        topics.append(replace(topic, posts=kept))
    return Faq.of(topics), queries


def leave_one_out(faq: Faq, rounds: int = 20, seed: int = 0) -> list[tuple[Faq, list[Query]]]:
    """Corpora without one post of each topic, and those posts as questions; over all rounds no post is asked twice.

    In each round every topic of two posts or more lacks one of them, so a question finds all the other posts of its
    topic. With as many rounds as the largest topic has posts, every post is asked once; `rounds` is the most there
    are, and the posts are drawn at random.
    """
    draw = random.Random(seed)  # noqa: S311 (a split, not a secret)
    orders = {topic.id: draw.sample(range(len(topic.posts)), len(topic.posts)) for topic in faq.topics}
    splits = []
    for number in range(min(rounds, max((len(topic.posts) for topic in faq.topics), default=0))):
        topics, queries = [], []
        for topic in faq.topics:
            left_out = orders[topic.id][number] if 1 < len(topic.posts) > number else None
            kept = tuple(post for place, post in enumerate(topic.posts) if place != left_out)
            topics.append(replace(topic, posts=kept))
            queries += [Query(topic.posts[left_out], topic.id)] if left_out is not None else []
        if queries:
            splits.append((Faq.of(topics), queries))
    return splits


def halves(items: Sequence[T], seed: int = 0) -> tuple[list[T], list[T]]:
    """Two seeded random halves, to choose on the first (dev) and to report on the second (test)."""
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 (a split, not a secret)
    middle = (len(shuffled) + 1) // 2
    return shuffled[:middle], shuffled[middle:]
