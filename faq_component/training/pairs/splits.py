"""Splits of a knowledge base into a training part and a held-out part that share no text."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace

from faq_component.errors import SettingsError
from faq_component.evaluation.queries import Query, hold_out
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _, ngettext
from faq_component.text import comparison_key


def split_posts(faq: Faq, share: float = 0.1, seed: int = 0) -> tuple[Faq, list[Query]]:
    """Hold out a share of each topic's posts as questions, as `hold_out` does; the rest is for training.

    Posts that equal a held-out one (by `comparison_key`) are removed from the rest, in every topic. A topic that loses
    all of its posts is removed, with its questions.

    Raises:
        SettingsError: `share` is not between 0 and 1.
    """
    _check_share(share)
    corpus, queries = hold_out(faq, share, seed)
    corpus = without_texts(corpus.topics, (query.text for query in queries))
    return corpus, [query for query in queries if query.topic_id in corpus.by_id]


def split_posts_by_hash(faq: Faq, share: float = 0.1, seed: int = 0) -> tuple[Faq, list[Query]]:
    """Hold out posts as `split_posts` does, chosen by a hash of their own text: the same in every version of an FAQ.

    An encoder trained on the rest of an older version has not seen what is held out of a newer one. A post is held out
    if the hash of seed, topic id and `comparison_key` is below `share` of its range; one post of a topic always stays.

    Raises:
        SettingsError: `share` is not between 0 and 1.
    """
    _check_share(share)
    bound = share * 2**64
    queries = []
    for topic in faq.topics:
        chosen = [post for post in topic.posts if _number(seed, topic.id, post) < bound]
        queries += [Query(post, topic.id) for post in chosen[: len(topic.posts) - 1]]
    corpus = without_texts(faq.topics, (query.text for query in queries))
    return corpus, [query for query in queries if query.topic_id in corpus.by_id]


def _number(seed: int, topic_id: str, post: str) -> int:
    text = f"{seed}\t{topic_id}\t{comparison_key(post)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def split_topics(faq: Faq, share: float = 0.1, seed: int = 0) -> tuple[Faq, Faq]:
    """Hold out a share of the topics, at least one, with all of their posts; the others are for training.

    Posts that equal a held-out one (by `comparison_key`) are removed from the others, and so is a topic that loses all
    of its posts. The choice does not depend on the order of the topics.

    Raises:
        SettingsError: `share` is not between 0 and 1, or there are fewer than two topics.
    """
    _check_share(share)
    ids = sorted(faq.by_id)
    if (topics := len(ids)) < 2:
        raise SettingsError(
            ngettext(
                "{count} topic is too few to hold some out; there must be at least two",
                "{count} topics are too few to hold some out; there must be at least two",
                topics,
            ).format(count=topics)
        )
    count = min(max(round(share * len(ids)), 1), len(ids) - 1)
    chosen = set(random.Random(seed).sample(ids, count))  # noqa: S311 (a split, not a secret)
    held_out = Faq.of(topic for topic in faq.topics if topic.id in chosen)
    training = Faq.of(topic for topic in faq.topics if topic.id not in chosen)
    return without_texts(training.topics, (post for topic in held_out.topics for post in topic.posts)), held_out


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise SettingsError(_("the share to hold out is {share}; it must be between 0 and 1").format(share=share))


def without_texts(topics: Iterable[Topic], texts: Iterable[str]) -> Faq:
    """Remove the posts that equal one of the texts, and the topics that are then empty."""
    keys = {comparison_key(text) for text in texts}
    kept = []
    for topic in topics:
        posts = tuple(post for post in topic.posts if comparison_key(post) not in keys)
        kept += [replace(topic, posts=posts)] if posts else []
    return Faq.of(kept)
