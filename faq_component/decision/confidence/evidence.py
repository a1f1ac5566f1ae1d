"""Evidence: features of a question and its hits that mean the same in every FAQ."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from faq_component.decision.confidence.out_of_domain import out_of_domain_messages, out_of_domain_sentences
from faq_component.encoders import Encoder, Vectors
from faq_component.retrieval.answers import share_of_many
from faq_component.retrieval.comparison_encoder import vector_of
from faq_component.retrieval.hybrid import HybridRetriever
from faq_component.retrieval.indexes import RowNumbers
from faq_component.retrieval.question import Question
from faq_component.types import Hit

DEPTH = 5
NAMES = (
    "lead over the second topic",
    "lead over the mean of the next four",
    "similarity to the nearest post",
    "nearer to that post than posts of the other topics are",
    "similarity to out-of-domain sentences",
    "keyword score",
    "classifier's score",
    "classifier's lead",
    "logarithm of the topic's posts",
    "length up to 80 characters",
    "how far inside the topic",
    "share of the question's words in the topic",
    "share of the post's words in the question",
    "share of the question's words in no post",
    "similarity's lead over the next four",
    "keyword score's lead over the next four",
    "answers' part of the score",
)
_LONGEST = 80
_SAMPLE = 500  # posts on which the density of an FAQ is measured


class _Region(NamedTuple):
    """Mean vector of a topic's posts, and the median of their distances to it (0 for a topic of one post)."""

    centre: Vectors
    radius: float


class Evidence:
    """Computes the features in `NAMES` from a question, its hits, and the vectors of an FAQ.

    Similarities are inner products, scaled so that 0 is the mean product of unrelated sentences and 1 that of equal
    ones. The unrelated sentences are those of `out_of_domain_sentences`, the same for every FAQ, so that a similarity
    depends on the encoder and on two texts alone. Those that resemble the posts of this FAQ more than posts of its
    own topics resemble each other do not count as out of domain.

    Args:
        retriever: found the hits; has the posts' vectors.
        encoder: encodes questions.
        post_encoder: encodes out-of-domain sentences, preferably with a cache.
    """

    def __init__(self, retriever: HybridRetriever, encoder: Encoder, post_encoder: Encoder) -> None:
        self._encoder, self._post_encoder = encoder, post_encoder
        self._retriever = retriever
        vectors, table = retriever.dense.vectors, retriever.dense.table
        self._rows = {
            name: slice(start, start + size)
            for name, start, size in zip(table.ids, table.starts.tolist(), table.topic_sizes.tolist(), strict=True)
        }
        self._numbers = {name: number for number, name in enumerate(table.ids)}
        self._regions: dict[str, _Region] = {}  # of topics, when they are first found
        self._words: dict[str, frozenset[str]] = {}  # of posts, likewise
        texts = [Question(text).text for text in (*out_of_domain_sentences(), *out_of_domain_messages())]
        strangers = post_encoder.encode(texts)
        self._floor = _mean_product(strangers)
        kept = np.flatnonzero(_are_strangers(strangers, vectors, table.topics))
        self._strangers = strangers[kept]
        self._stranger_rows = {texts[place]: row for row, place in enumerate(kept.tolist())}

    def updated(self, retriever: HybridRetriever) -> Evidence:
        """Return the evidence over an edited FAQ."""
        return Evidence(retriever, self._encoder, self._post_encoder)

    @property
    def share_of_many(self) -> float:
        """How much the FAQ is one of many posts a topic (`share_of_many`)."""
        return share_of_many(len(self._retriever.dense.table), len(self._rows))

    def measure(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> tuple[float, ...]:
        """Compute the features of a question and its hits, at least one, best first.

        Topics in `siblings` are ignored: the features are those of a question that any of them, or the first hit, may
        answer.
        """
        best, *others = [hit for hit in hits[:DEPTH] if hit.topic_id not in siblings]
        scores = [hit.score for hit in others] + [0.0] * (DEPTH - 1 - len(others))
        vector = vector_of(question, self._encoder)
        vectors = self._retriever.dense.vectors
        own = vectors[self._rows[best.topic_id]]
        products = own @ vector
        nearest = own[int(products.argmax())]
        similarity = self._scaled(float(products.max()))
        around = max(
            (float((vectors[self._rows[hit.topic_id]] @ nearest).max()) for hit in others), default=self._floor
        )
        next_similarity = max(
            (float((vectors[self._rows[hit.topic_id]] @ vector).max()) for hit in others), default=self._floor
        )
        keyword_score, *next_scores = self._keyword_scores(question, [best, *others])
        of_topic, lead = self._classified(question, vector, best.topic_id, siblings)
        of_answers = self._retriever.answer_scores(question, vector)
        return (
            best.score - max(scores),
            best.score - sum(scores) / len(scores),
            similarity,
            similarity - self._scaled(around),
            question.once((self, "strangeness"), lambda: self._strangeness(question, vector)),
            keyword_score,
            of_topic,
            lead,
            math.log(len(own)),
            float(min(len(question.key), _LONGEST)),
            self._inside(best.topic_id, vector),
            *self._shared_words(question, best),
            similarity - self._scaled(next_similarity),
            keyword_score - max(next_scores, default=0.0),
            0.0
            if of_answers is None
            else self._retriever.answers_share * float(of_answers[self._numbers[best.topic_id]]),
        )

    def _scaled(self, product: float) -> float:
        return (product - self._floor) / (1 - self._floor)

    def _strangeness(self, question: Question, vector: Vectors) -> float:
        """Similarity to the nearest out-of-domain sentence, other than the question itself."""
        products = self._strangers @ vector
        if question.text in self._stranger_rows:
            products[self._stranger_rows[question.text]] = -np.inf
        return self._scaled(float(products.max())) if len(products) else 0.0

    def _keyword_scores(self, question: Question, hits: Sequence[Hit]) -> list[float]:
        """Keyword score of the best post of each hit's topic."""
        rows, scores = self._retriever.keyword.score_matches(question)
        spans = [self._rows[hit.topic_id] for hit in hits]
        ranges = [np.searchsorted(rows, (span.start, span.stop)) for span in spans]
        return [float(scores[start:end].max(initial=0.0)) for start, end in ranges]

    def _shared_words(self, question: Question, best: Hit) -> tuple[float, float, float]:
        """Shares of the words, weighted by IDF: in a post of the topic, of the post in the question, in no post."""
        keyword, span = self._retriever.keyword, self._rows[best.topic_id]
        asked, said = keyword.words(question), self._words_of(best.post)
        weights = {word: keyword.idf(word) for word in asked | said}
        in_topic, in_none = 0.0, 0.0
        for word in asked:
            rows = keyword.rows_with(word)
            if not len(rows):
                in_none += weights[word]
            elif word in said or np.searchsorted(rows, span.start) < np.searchsorted(rows, span.stop):
                in_topic += weights[word]
        of_question = sum(weights[word] for word in asked) or 1.0
        of_post = sum(weights[word] for word in said) or 1.0
        return in_topic / of_question, sum(weights[word] for word in asked & said) / of_post, in_none / of_question

    def _words_of(self, post: str) -> frozenset[str]:
        words = self._words.get(post)
        if words is None:
            words = self._words[post] = self._retriever.keyword.words_of(post)
        return words

    def _classified(
        self, question: Question, vector: Vectors, topic_id: str, siblings: Collection[str]
    ) -> tuple[float, float]:
        """Score of a topic by the classifier, and its lead over the best other one."""
        scores = self._retriever.classified(question, vector)
        if scores is None:
            return 0.0, 0.0
        number = self._numbers[topic_id]
        others = np.delete(scores, [number, *(self._numbers[name] for name in siblings if name != topic_id)])
        return float(scores[number]), float(scores[number]) - float(others.max(initial=0.0))

    def _inside(self, topic_id: str, vector: Vectors) -> float:
        """How far a question lies inside the boundary of a topic: negative outside.

        The boundary's radius is the median distance of the posts to their mean (the adaptive decision boundary of
        Zhang et al. 2021, without its training).
        """
        region = self._regions.get(topic_id)
        if region is None:
            own = self._retriever.dense.vectors[self._rows[topic_id]]
            centre = own.mean(axis=0)
            region = _Region(centre, float(np.median(np.linalg.norm(own - centre, axis=1))))
            self._regions[topic_id] = region
        return region.radius - float(np.linalg.norm(vector - region.centre))


def _mean_product(vectors: Vectors) -> float:
    """Mean inner product of two different rows."""
    count = len(vectors)
    total = vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - np.square(vectors, dtype=np.float64).sum()) / (count * (count - 1)))


def _are_strangers(strangers: Vectors, posts: Vectors, topics: RowNumbers) -> npt.NDArray[np.bool_]:
    """Whether each sentence lies outside an FAQ.

    Half of the sentences always do: those farthest from its posts. Another one does where it is no nearer to a post
    than most posts are to the nearest one of another topic.

    *Shape:* ``(sentences, dim)``, ``(posts, dim)`` and ``(posts,)``, a post's topic; result ``(sentences,)``.
    """
    if not len(posts):
        return np.ones(len(strangers), dtype=bool)
    nearest = (strangers @ posts.T).max(axis=1)
    sample = np.arange(0, len(posts), max(1, len(posts) // _SAMPLE))
    between = np.where(topics[sample][:, None] == topics, -np.inf, posts[sample] @ posts.T).max(axis=1)
    usual = float(np.median(between))
    result: npt.NDArray[np.bool_] = nearest <= max(usual, float(np.median(nearest)))
    return result
