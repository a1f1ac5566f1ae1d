"""Out-of-scope features: distance to a topic's decision boundary, and similarity to out-of-domain sentences."""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

import numpy as np

from faq_component.decision.confidence.out_of_domain import out_of_domain_messages, out_of_domain_sentences
from faq_component.encoders import Encoder, Vectors
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.dense import mean_product_between_topics
from faq_component.retrieval.question import Question
from faq_component.text import normalize


class _Region(NamedTuple):
    """Mean vector of a topic's posts, and the median of their distances to it (0 for a topic of one post)."""

    posts: tuple[str, ...]
    centre: Vectors
    radius: float


class Surroundings:
    """Two features that post scores do not contain: position within the topic, and nearness to other domains.

    A question lies inside a topic where its distance to the mean of the posts is at most their median distance (the
    adaptive decision boundary of Zhang et al. 2021, without its training). An out-of-scope question is often nearer to
    an out-of-domain sentence.

    Both features are scaled by the distance between unrelated posts of this FAQ, so that they are comparable between
    encoders.

    Args:
        faq: the knowledge base.
        encoder: encodes questions.
        post_encoder: encodes posts and out-of-domain sentences, preferably with a cache.
        vectors: of the posts, in the order of the FAQ; encoded here where no retriever has them.
            *Shape:* ``(posts, dim)``.
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
        # Half of the long messages are kept for fitting, which must not see its own messages among these.
        sentences = [Question(text).text for text in (*out_of_domain_sentences(faq), *out_of_domain_messages(faq)[::2])]
        self._out_of_domain_rows = {text: row for row, text in enumerate(sentences)}
        self._out_of_domain = post_encoder.encode(sentences)

    def updated(self, faq: Faq) -> Surroundings:
        """Return an object for an edited FAQ: only topics with changed posts are encoded, and the scale stays."""
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
        """Measure how far inside the topic's boundary a question lies, and its similarity to out-of-domain sentences.

        The first value is negative outside the boundary; 1 is the distance between unrelated posts. The second is the
        similarity to the nearest out-of-domain sentence: 1 for the same text, 0 for one as dissimilar as unrelated
        posts. A question that is one of those sentences is compared with the others only.
        """
        vector = vector_of(question, self._encoder)
        region = self._regions[topic_id]
        inside = (region.radius - float(np.linalg.norm(vector - region.centre))) / self._apart
        return inside, question.once((self, "strangeness"), lambda: self._strangeness(question, vector))

    def _strangeness(self, question: Question, vector: Vectors) -> float:
        """Similarity to the nearest out-of-domain sentence, other than the question itself."""
        products = self._out_of_domain @ vector
        if question.text in self._out_of_domain_rows:
            products[self._out_of_domain_rows[question.text]] = -np.inf
        same = float(vector @ vector)
        floor = min(self._floor, 0.99 * same)
        return max((float(products.max()) - floor) / (same - floor), 0.0)


def _region(topic: Topic, vectors: Vectors) -> _Region:
    centre = vectors.mean(axis=0)
    return _Region(topic.posts, centre, float(np.median(np.linalg.norm(vectors - centre, axis=1))))
