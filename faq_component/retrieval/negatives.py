"""Posts that must not find a topic (key ``not``): where one is nearest to a question, the topic is taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from faq_component.encoders import Encoder
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.question import Question
from faq_component.text import key_of, ngrams_of, normalize

Nearness = npt.NDArray[np.float32]


class Negatives:
    """Compares a question with the posts and the negatives of the topics that have negatives.

    It stands above the retrievers, so that it is the same for all of them. Nearness is the inner product of the
    encoder's vectors; for retrievers without an encoder it is the Jaccard similarity of character bigrams.

    Args:
        faq: the knowledge base.
        encoder: encodes questions; None where retrieval has none.
        post_encoder: encodes posts, preferably with a cache.
    """

    def __init__(self, faq: Faq, encoder: Encoder | None = None, post_encoder: Encoder | None = None) -> None:
        topics = [topic for topic in faq.topics if topic.options.negatives]
        self._ids = [topic.id for topic in topics]
        texts = [normalize(text) for topic in topics for text in (*topic.posts, *topic.options.negatives)]
        sizes = [size for topic in topics for size in (len(topic.posts), len(topic.options.negatives))]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._encoder = encoder
        of_posts = post_encoder or encoder
        self._vectors = of_posts.encode(texts) if texts and of_posts else None
        self._bigrams = [ngrams_of(key_of(text)) for text in texts] if self._vectors is None else []

    def applied(self, question: Question) -> Question:
        """Return a question that does not find the topics that are taken out."""
        return question.within(replace(question.among, without=self.taken_out(question)))

    def taken_out(self, question: Question) -> frozenset[str]:
        """Return the ids of the topics with a negative that is nearer to a question than all their posts."""
        if not self._ids or not question.text:
            return frozenset()
        return question.once((self, "taken out"), lambda: self._taken_out(question))

    def _taken_out(self, question: Question) -> frozenset[str]:
        nearest = np.maximum.reduceat(self._nearness(question), self._starts)
        pairs = zip(self._ids, nearest[::2].tolist(), nearest[1::2].tolist(), strict=True)
        return frozenset(topic_id for topic_id, post, negative in pairs if negative > post)

    def _nearness(self, question: Question) -> Nearness:
        """Nearness of a question to each text. *Shape:* ``(texts,)``."""
        if self._vectors is not None and self._encoder is not None:
            products: Nearness = self._vectors @ vector_of(question, self._encoder)
            return products
        return np.array([_jaccard(question.bigrams, bigrams) for bigrams in self._bigrams], dtype=np.float32)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


NO_NEGATIVES = Negatives(Faq.of(()))
