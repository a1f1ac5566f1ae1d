"""What the answers of an FAQ tell of a question, whose words they often have where the topic's few posts do not.

Query-answer relevance beside query-question similarity: Sakata et al. 2019, *FAQ Retrieval Using Query-Question
Similarity and BERT-Based Query-Answer Relevance*; here without training, and only as far as the FAQ's own posts find
their answers.
"""

from __future__ import annotations

import math

import numpy as np

from faq_component.knowledge.checking import Faq
from faq_component.knowledge.responses import text_of
from faq_component.knowledge.topics import Topic
from faq_component.retrieval.dense import DenseRetriever
from faq_component.retrieval.indexes import Vectors
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.keyword import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import PostTable

MANY_POSTS = 10  # posts a topic from which an FAQ counts as one of many: answers then tell nothing new
MOST_ANSWERS = 20_000  # above it none are searched
_SAMPLE = 200  # posts that are asked of the answers


class Answers:
    """The answers of all topics, searched like posts.

    Args:
        dense: over the answers.
        keyword: likewise.
        keyword_share: of the keyword score in an answer's score; the dense score has what is left of 1.
        posts: of the same FAQ.
        vectors: of these posts. *Shape:* ``(posts, dim)``.
    """

    def __init__(
        self, dense: DenseRetriever, keyword: KeywordRetriever, keyword_share: float, posts: PostTable, vectors: Vectors
    ) -> None:
        self.dense, self.keyword = dense, keyword
        self._keyword_share = np.float32(keyword_share)
        self._there = np.flatnonzero(dense.table.topic_sizes)  # topics that have an answer
        self._starts = dense.table.starts[self._there]
        self.found = self._found(posts, vectors)

    def scores(self, question: Question, vector: Vectors) -> Scores:
        """Score all topics by the best of their answers, 0 to 1, once for a question. *Shape:* ``(topics,)``.

        Topics that the question may not find, and those without an answer, have 0.
        """
        return question.once((self, "scores", question.among), lambda: self._scores(question, vector))

    def _scores(self, question: Question, vector: Vectors) -> Scores:
        near = np.minimum(self.dense.score_posts(vector, slice(None)), np.float32(1.0))
        scores = (1 - self._keyword_share) * near
        rows, words = self.keyword.score_matches(question)
        scores[rows] += self._keyword_share * np.minimum(np.maximum(words, 0.0), 1.0)
        of_topics = np.zeros(len(self.dense.table.ids), dtype=np.float32)
        of_topics[self._there] = np.maximum.reduceat(scores, self._starts)
        among = self.dense.table.topics_among(question.among)
        return of_topics if among is None else np.where(among, of_topics, np.float32(0.0))

    def _found(self, posts: PostTable, vectors: Vectors) -> float:
        """Share of the posts, at most 200 of them, that score their own topic's answers higher than any other's."""
        rows = range(0, len(posts), math.ceil(len(posts) / _SAMPLE))
        found = 0
        for row in rows:
            scores, topic = self._scores(Question(posts.posts[row]), vectors[row]), posts.topics[row]
            own = scores[topic]
            scores[topic] = 0.0
            found += bool(own > scores.max())
        return found / len(rows)


def answers_of(
    faq: Faq,
    dense: DenseRetriever,
    keyword: KeywordRetriever,
    keyword_share: float,
    before: Answers | None = None,
) -> Answers | None:
    """Make the search of an FAQ's answers; None where there are none, too many, or no posts.

    Args:
        faq: the knowledge base.
        dense: over its posts.
        keyword: likewise.
        keyword_share: as of `Answers`.
        before: of the version before an edit, whose vectors are reused.
    """
    if not len(dense.table):
        return None
    texts = {topic.id: tuple(text for text in map(text_of, topic.responses) if text.strip()) for topic in faq.topics}
    if not 0 < sum(map(len, texts.values())) <= MOST_ANSWERS:
        return None
    # As posts of an FAQ with the same topics, so that topics have the same numbers.
    asked = Faq.of(Topic(topic.id, topic.title, texts[topic.id], ()) for topic in faq.topics)
    return Answers(
        (before.dense if before else dense).updated(asked),
        (before.keyword if before else keyword).updated(asked),
        keyword_share,
        dense.table,
        dense.vectors,
    )


def share_of_many(posts: int, topics: int) -> float:
    """How much an FAQ is one of many posts a topic: 0 for one post a topic, 1 from `MANY_POSTS` on."""
    return min(max(math.log(max(posts, 1) / max(topics, 1)) / math.log(MANY_POSTS), 0.0), 1.0)
