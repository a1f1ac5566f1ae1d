"""Where a question lies among sentence vectors: inside its topic or outside, and how near to what others are asked."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faq_component.encoders import Encoder, Vectors
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.dense import mean_product_between_topics
from faq_component.retrieval.question import Question
from faq_component.text import normalize


def foreign_sentences() -> list[str]:
    """Short messages of many domains that an FAQ is hardly about, written for this purpose."""
    return _lines("foreign.txt")


def foreign_messages() -> list[str]:
    """Long ones, most with a story around what is asked."""
    return _lines("foreign_long.txt")


def _lines(name: str) -> list[str]:
    return [line for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines() if line]


class _Region(NamedTuple):
    """The mean of a topic's posts, and the median of their distances to it (0 for a topic of one post)."""

    posts: tuple[str, ...]
    centre: Vectors
    radius: float


class Surroundings:
    """Two measures that scores of posts do not hold.

    A question that has its topic lies among the topic's posts: the boundary around them is as far from their mean as
    half of them are (the adaptive decision boundary of Zhang et al. 2021, without its training). A question that the
    FAQ is not about is often nearer to a sentence of another domain.

    Both are scaled by what unrelated posts of this FAQ are apart, so that they mean the same with any encoder.

    Args:
        faq: the knowledge base.
        encoder: of questions.
        post_encoder: of posts and foreign sentences, best with a cache.
        vectors: of the posts, in the order of the FAQ, where a retriever has them; *shape* ``(posts, dim)``.
    """

    def __init__(self, faq: Faq, encoder: Encoder, post_encoder: Encoder, vectors: Vectors | None = None) -> None:
        self._encoder = encoder
        self._post_encoder = post_encoder
        if vectors is None:
            vectors = post_encoder.encode([normalize(post) for topic in faq.topics for post in topic.posts])
        self._floor = mean_product_between_topics(vectors, [topic.id for topic in faq.topics for _ in topic.posts])
        square = float(np.square(vectors).sum(axis=1).mean()) if len(vectors) else 1.0
        self._apart = math.sqrt(2 * max(square - self._floor, 0.01 * square))  # the distance of unrelated posts
        ends = np.cumsum([len(topic.posts) for topic in faq.topics])[:-1]
        self._regions = {
            topic.id: _region(topic, own)
            for topic, own in zip(faq.topics, np.split(vectors, ends), strict=True)
            if topic.posts
        }
        # The other long messages are for fitting: how near they come is to be what it will be for those of users.
        foreign = [Question(text).text for text in (*foreign_sentences(), *foreign_messages()[::2])]
        self._foreign_rows = {text: row for row, text in enumerate(foreign)}
        self._foreign = post_encoder.encode(foreign)

    def updated(self, faq: Faq) -> Surroundings:
        """The surroundings of an edited FAQ: only topics whose posts have changed are measured, and the scale stays."""
        newer = copy.copy(self)
        newer._regions = {}
        for topic in faq.topics:
            region = self._regions.get(topic.id)
            if region is not None and region.posts == topic.posts:
                newer._regions[topic.id] = region
            elif topic.posts:
                vectors = self._post_encoder.encode([normalize(post) for post in topic.posts])
                newer._regions[topic.id] = _region(topic, vectors)
        return newer

    def measure(self, question: Question, topic_id: str) -> tuple[float, float]:
        """How far inside the topic's boundary a question lies, and its similarity to the nearest foreign sentence.

        The first is negative outside; 1 is the distance between unrelated posts. The second is 1 for the same sentence
        and 0 for one as unlike as unrelated posts. A question that is itself one of the foreign sentences is compared
        with the others.
        """
        vector = vector_of(question, self._encoder)
        region = self._regions[topic_id]
        inside = (region.radius - float(np.linalg.norm(vector - region.centre))) / self._apart
        products = self._foreign @ vector
        if question.text in self._foreign_rows:
            products[self._foreign_rows[question.text]] = -np.inf
        same = float(vector @ vector)
        floor = min(self._floor, 0.99 * same)
        return inside, max((float(products.max()) - floor) / (same - floor), 0.0)


def _region(topic: Topic, vectors: Vectors) -> _Region:
    centre = vectors.mean(axis=0)
    return _Region(topic.posts, centre, float(np.median(np.linalg.norm(vectors - centre, axis=1))))
