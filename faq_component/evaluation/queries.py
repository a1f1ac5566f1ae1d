"""Questions with known topics, read from files or held out of a knowledge base."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.language import _
from faq_component.text import normalize

T = TypeVar("T")


@dataclass(frozen=True)
class Query:
    """A question and the id of the topic that answers it; None where no topic does."""

    text: str
    topic_id: str | None


def load_queries(path: str | Path, faq: Faq) -> list[Query]:
    """Read questions from a file in the FAQ format; its topics are matched with those of `faq` by id, else by title.

    Raises:
        FaqDataError: the file is faulty, or one of its topics is not in `faq`.
    """
    by_title = {normalize(topic.title): topic.id for topic in faq.topics}
    queries, faults = [], []
    for topic in load_faq(path, responses_required=False).topics:
        topic_id = topic.id if topic.id in faq.by_id else by_title.get(normalize(topic.title))
        if topic_id is None:
            message = _("{path}: topic '{title}' is not in the corpus; add it there or remove it here")
            faults.append(message.format(path=path, title=topic.title))
        queries += [Query(post, topic_id) for post in topic.posts]
    if faults:
        raise FaqDataError(faults)
    return queries


def load_unknown(path: str | Path) -> list[Query]:
    """Read questions that no topic answers from a file in the FAQ format; its topics only group them.

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
    """Split a knowledge base in several rounds: corpora that lack one post of each topic, and these posts as questions.

    In each round every topic of at least two posts lacks one, so a question can find all other posts of its topic. No
    post is asked twice. There are as many rounds as the largest topic has posts, in which every post is asked once, but
    at most `rounds`; the posts are drawn at random.
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
    """Split items into two seeded random halves, to choose on the first (dev) and report on the second (test)."""
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 (a split, not a secret)
    middle = (len(shuffled) + 1) // 2
    return shuffled[:middle], shuffled[middle:]
