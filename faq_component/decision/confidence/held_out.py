"""How sure a confidence is of an FAQ's own posts, each asked of the FAQ without it."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from faq_component.decision.confidence.evidence import NAMES
from faq_component.decision.confidence.learned import Verdict, logit_of
from faq_component.knowledge.topics import Faq
from faq_component.text import key_of, normalize

_PARTS = 4  # of a topic's posts
_ASKED = 150  # posts of each part
# Posts above which one part is held out, not all: as many are asked of it as of the others together.
_ONE_PART_FROM = 1_600
_ASKED_OF_ONE = 500
_STEPS = 50  # of Newton's method, which takes less than ten
# Greatest similarity to a post that is left, and words of that post, of a post that users might have asked.
_NEAR, _ALL_WORDS = 0.9, 0.999
_SIMILARITY = NAMES.index("similarity to the nearest post")
_COVERED = NAMES.index("share of the post's words in the question")


class Fold(NamedTuple):
    """An FAQ without some of its posts, and these posts with the ids of their topics."""

    faq: Faq
    asked: list[tuple[str, str]]


def folds(faq: Faq, seed: int = 0) -> Iterator[Fold]:
    """Hold out a quarter of each topic's posts, and then the next.

    A topic of two or three posts lends them one by one, one of a single post none. At most 150 posts of each part are
    asked, and none that another topic has too. An FAQ of more than 1,600 posts is searched without the first part
    only, for 500 posts.

    Args:
        faq: the knowledge base.
        seed: of every random draw.
    """
    draw = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    parts = [_parts(topic.posts, draw) for topic in faq.topics]
    most = max(map(len, parts), default=0)
    keys = {post: key_of(normalize(post)) for topic in faq.topics for post in topic.posts}
    topics_with = Counter(key for topic in faq.topics for key in {keys[post] for post in topic.posts})
    is_large = sum(len(topic.posts) for topic in faq.topics) > _ONE_PART_FROM
    count, limit = (min(most, 1), _ASKED_OF_ONE) if is_large else (most, _ASKED)
    for number in range(count):
        kept, asked = [], []
        for topic, of_topic in zip(faq.topics, parts, strict=True):
            out = set(of_topic[number]) if number < len(of_topic) else set()
            kept.append(replace(topic, posts=tuple(post for post in topic.posts if post not in out)))
            asked += [(post, topic.id) for post in topic.posts if post in out and topics_with[keys[post]] == 1]
        yield Fold(Faq.of(kept), draw.sample(asked, min(limit, len(asked))))


def _parts(posts: Sequence[str], draw: random.Random) -> list[list[str]]:
    """Divide posts at random; a single one is in no part."""
    if len(posts) < 2:
        return []
    shuffled = draw.sample(posts, len(posts))
    count = min(_PARTS, len(posts))
    return [shuffled[place::count] for place in range(count)]


def is_near(features: Sequence[float]) -> bool:
    """Whether a held-out post with these features is nearly the post of its first hit.

    It says nothing of users' questions: authors write "please tell me" before a post and count it as another one.
    """
    return features[_SIMILARITY] > _NEAR or features[_COVERED] > _ALL_WORDS


@dataclass(frozen=True)
class OffsetPrior:
    """Normal prior on what is to be added to the logits of an FAQ where its own posts are asked.

    Posts resemble each other more than what users write, so that the mean is above 0. What an FAQ has beyond the mean
    moves its confidence; without posts to hold out this is nothing. Yet authors also write posts that differ from each
    other: the less often held-out posts find their topic, the less they represent users' questions, and the lower is
    their weight.

    Args:
        least: probability from which a post counts: those that would be answered, or nearly.
        mean: of the offsets of FAQs.
        spread: standard deviation of the offsets.
        worth: exponent of the share of posts that find their topic, which gives the weight of each.
    """

    least: float
    mean: float
    spread: float
    worth: float

    def offset(self, verdicts: Sequence[Verdict]) -> float:
        """Return the offset that these posts make likeliest (maximum a posteriori), less the mean."""
        found = sum(verdict.right for verdict in verdicts) / max(len(verdicts), 1)
        weight = found**self.worth
        sure = [verdict for verdict in verdicts if verdict.probability >= self.least]
        logits = np.array([logit_of(verdict.probability) for verdict in sure])
        right = np.array([verdict.right for verdict in sure], dtype=np.float64)
        offset = self.mean
        for _step in range(_STEPS):
            expected = 1 / (1 + np.exp(-(logits + offset)))
            slope = weight * float((right - expected).sum()) - (offset - self.mean) / self.spread**2
            curvature = weight * float((expected * (1 - expected)).sum()) + 1 / self.spread**2
            step = min(max(slope / curvature, -1.0), 1.0)
            offset += step
            if math.fabs(step) < 1e-9:
                break
        return offset - self.mean
