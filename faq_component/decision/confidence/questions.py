"""Synthetic questions made from the posts of an FAQ, so that fitting needs no questions from users."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from faq_component.knowledge.topics import Faq, Topic
from faq_component.text import mostly_chinese, normalize

_REMOVED = 0.25  # of the topics
_LEFT_OUT = 0.15  # of the posts of the others
_DROPPED = (0.0, 0.15, 0.3)  # share of a post's words
_TURNED = 0.3  # share of the posts whose halves change places

Asked = tuple[str, str | None]
"""A question and the id of its topic; None where it has none."""


class Manner(NamedTuple):
    """What users of a language put before and after a question, and what stands between its words."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    between: str


CHINESE = Manner(
    ("请问", "我想问下", "那个", "你好", "想知道", "", ""), ("呢", "啊", "吗", "呀", "谢谢", "怎么办", "", ""), ""
)
ENGLISH = Manner(
    ("please tell me", "i'd like to know", "so", "hi", "excuse me", "", ""),
    ("please", "thanks", "then", "now", "can you help", "?", "", ""),
    " ",
)


def manner_of(faq: Faq) -> Manner:
    """Return how the users of an FAQ ask: in Chinese where half of its posts or more have a Chinese character."""
    return CHINESE if mostly_chinese(post for topic in faq.topics for post in topic.posts) else ENGLISH


def take_out(faq: Faq, draw: random.Random) -> tuple[Faq, list[Asked], list[Asked]]:
    """Split an FAQ into the part that is searched, posts held out of its topics, and posts of removed topics."""
    gone = set(draw.sample(range(len(faq.topics)), round(_REMOVED * len(faq.topics))))
    kept: list[Topic] = []
    left_out: list[Asked] = []
    removed: list[Asked] = []
    for number, topic in enumerate(faq.topics):
        if number in gone:
            removed += [(post, None) for post in topic.posts]
            continue
        count = min(round(_LEFT_OUT * len(topic.posts) + draw.random() - 0.5), len(topic.posts) - 1)
        out = set(draw.sample(range(len(topic.posts)), max(count, 0)))
        left_out += [(post, topic.id) for place, post in enumerate(topic.posts) if place in out]
        kept.append(replace(topic, posts=tuple(post for place, post in enumerate(topic.posts) if place not in out)))
    return Faq.of(kept), left_out, removed


def rephrase(post: str, split: Callable[[str], list[str]], draw: random.Random, manner: Manner = CHINESE) -> str:
    """Rephrase a post as a user might: drop words, swap its halves, add a phrase before and after.

    Args:
        post: to be rephrased.
        split: splits a text into words; where words stand apart, as in English, spaces do.
        draw: of every random choice.
        manner: of the users' language.
    """
    text = normalize(post)
    words = (text.split() if manner.between else split(text)) or [post]
    dropped = draw.choice(_DROPPED)
    kept = [word for word in words if draw.random() >= dropped] or [draw.choice(words)]
    if len(kept) > 2 and draw.random() < _TURNED:
        middle = draw.randrange(1, len(kept))
        kept = kept[middle:] + kept[:middle]
    return manner.between.join([draw.choice(manner.before), *kept, draw.choice(manner.after)]).strip()
