"""Hybrid retrieval: dense, keyword and overlap scores of posts, with the scores of topics by classifier and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq
from faq_component.language import _
from faq_component.retrieval.agreement import pool_topics
from faq_component.retrieval.answers import Answers, answers_of, share_of_many
from faq_component.retrieval.classifier import MOST, MOST_AT_ONCE, TopicClassifier
from faq_component.retrieval.dense import DenseRetriever
from faq_component.retrieval.greatest import best_places
from faq_component.retrieval.indexes import Vectors
from faq_component.retrieval.inverted import Scores
from faq_component.retrieval.keyword import KeywordRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.subwords import with_subwords
from faq_component.retrieval.types import PostTable, widen
from faq_component.text import char_ngrams, mostly_chinese
from faq_component.types import BELOW_CERTAIN, CERTAIN, Hit

CANDIDATES = 256  # posts of each retriever, at least
_LIKELIEST = 5  # topics that the classifier adds to the candidates, and the answers
FEWEST_TOPICS = 8  # from which a confidence decides
_FEW_POSTS = 12  # of a topic, on average: there the classifier's share is greater by half
_MOST_WITH_SUBWORDS = 4_000_000  # posts times topics; they double the time of a fit


@dataclass(frozen=True)
class FusionWeights:
    """Weights of the hybrid score.

    Args:
        keyword: share of the keyword score in a post's score; the dense score has what is left of 1.
        overlap: share of the Jaccard similarity of character bigrams.
        agreement: factor from the weight of a topic's best post to that of its second, and so on (`pool_topics`).
        classifier: share of the classifier's score in a topic's score, where there is a classifier and topics have many
            posts, or there are fewer than eight topics (`classifier_share`).
        answers: greatest weight of the answers' score, beside a weight of 1 of all others (`answers_share`).
    """

    keyword: float = 0.4
    overlap: float = 0.0
    agreement: float = 0.6
    classifier: float = 0.3
    answers: float = 1.0

    def answers_share(self, posts: int, topics: int, found: float) -> float:
        """Return the answers' share in an FAQ of this size: none from ten posts a topic on, or of few topics.

        Answers that do not tell which question they answer (`found` is the share of the posts that find theirs) count
        for little: those to chit-chat. Among a handful of topics, where thresholds decide, there are none.
        """
        if topics < FEWEST_TOPICS:
            return 0.0
        weight = self.answers * found * (1 - share_of_many(posts, topics))
        return weight / (1 + weight)

    def classifier_share(self, posts: int, topics: int, *, subwords: bool) -> float:
        """Return the classifier's share in an FAQ of this size: up to twice as much where topics have few posts.

        The nearest posts tell the more of a topic, the more posts it has; a classifier is soon as good as it gets, and
        better with n-grams: its share is then greater by a third where topics have many posts. Among a handful of
        topics, where thresholds decide, it is `classifier`: any topic is likely there, whatever is asked.
        """
        if topics < FEWEST_TOPICS:
            return self.classifier
        few = _FEW_POSTS / (_FEW_POSTS + posts / max(topics, 1))
        return min(self.classifier * (1 + few + subwords * (1 - few) / 3), 1.0)

    def __post_init__(self) -> None:
        if self.keyword + self.overlap > 1:
            raise SettingsError(
                _(
                    "settings 'keyword_weight' ({keyword}) and 'overlap_weight' ({overlap}) add up to more than 1; "
                    "lower one of them"
                ).format(keyword=self.keyword, overlap=self.overlap)
            )


@dataclass(frozen=True)
class PartScores:
    """The scores of a hit's post and topic, each 0 to 1, before they are mixed.

    Args:
        meaning: similarity of the vectors of question and post.
        words: the keyword score of the post.
        overlap: the share of character bigrams that question and post have in common.
        classifier: the classifier's score of the topic; None without one.
        answers: the score of the topic's answers; None where they do not count.
    """

    meaning: float
    words: float
    overlap: float
    classifier: float | None
    answers: float | None


class HybridRetriever:
    """A weighted mean of dense score, keyword score and lexical overlap, over the candidates of both retrievers.

    All scores are between 0 and 1 and comparable over queries, and every candidate gets all of them: a post that only
    one retriever found is scored by the other too. The score of a topic is the pooled score of its best posts, mixed
    with that of the classifier, which also adds its likeliest topics. A post that matches the question exactly is
    certain.
    """

    def __init__(
        self,
        dense: DenseRetriever,
        keyword: KeywordRetriever,
        weights: FusionWeights | None = None,
        classifier: TopicClassifier | None = None,
        answers: Answers | None = None,
    ) -> None:
        self.dense = dense
        self.keyword = keyword
        self.weights = weights or FusionWeights()
        self.classifier = classifier
        self._answers = answers
        posts, topics = len(dense.table), len(dense.table.ids)
        subwords = classifier is not None and reads_subwords(classifier, dense.vectors)
        self._classifier_share = self.weights.classifier_share(posts, topics, subwords=subwords)
        self.answers_share = self.weights.answers_share(posts, topics, 0.0 if answers is None else answers.found)

    @property
    def answers(self) -> Answers | None:
        """The search of the answers; None where they do not count."""
        return self._answers if self.answers_share else None

    def updated(self, faq: Faq) -> HybridRetriever:
        """Return a retriever over an edited FAQ: only new posts are encoded; this one stays valid.

        The classifier is refitted for edited topics; the weights of the others stay.
        """
        dense, keyword = self.dense.updated(faq), self.keyword.updated(faq)
        classifier = self.classifier and updated_classifier(self.classifier, self.dense.table, dense)
        return HybridRetriever(dense, keyword, self.weights, classifier, self._answers_over(faq, dense, keyword))

    def over_part(self, faq: Faq) -> HybridRetriever:
        """Return a retriever over a part of the FAQ, with a classifier fitted on that part alone."""
        dense = self.dense.updated(faq)
        table = dense.table
        classifier = None
        if self.classifier is not None and worth_classifying(len(table), len(table.ids)):
            inputs = classifier_inputs(self.classifier, dense.vectors, table.posts)
            classifier = TopicClassifier.fit(inputs, table.topics, len(table.ids))
        keyword = self.keyword.updated(faq)
        return HybridRetriever(dense, keyword, self.weights, classifier, self._answers_over(faq, dense, keyword))

    def _answers_over(self, faq: Faq, dense: DenseRetriever, keyword: KeywordRetriever) -> Answers | None:
        return searched_answers(faq, dense, keyword, self.weights, self._answers)

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first."""
        table = self.dense.table
        if not question.text or not len(table):
            return []
        vector = self.dense.encode(question)
        of_topics = self._topic_scores(question, vector)

        def find(count: int) -> list[Hit]:
            rows, features = self.features(question, vector, max(count, CANDIDATES), of_topics)
            places, scores = self._score_topics(table.topics[rows], combine(features, self.weights), of_topics)
            return table.hits_in_order(rows[places[:top_k]], scores[:top_k])

        return widen(table.posts_among(question.among), top_k, find)

    def classified(self, question: Question, vector: Vectors) -> Scores | None:
        """Score all topics by the classifier, once for a question; None without one. *Shape:* ``(topics,)``.

        The topics that the question may not find have 0.
        """
        classifier = self.classifier
        if classifier is None:
            return None
        table = self.dense.table
        among, answered = table.topics_among(question.among), table.number_of(question.among.answered)
        name = (classifier, "scores", question.among)

        def score() -> Scores:
            return classifier.scores(
                classifier_inputs(classifier, vector[None, :], [question.text])[0], among, answered
            )

        scores: Scores = question.once(name, score)
        return scores

    def answer_scores(self, question: Question, vector: Vectors) -> Scores | None:
        """Score all topics by their answers; None where these do not count. *Shape:* ``(topics,)``."""
        return None if self.answers is None else self.answers.scores(question, vector)

    def _topic_scores(self, question: Question, vector: Vectors) -> tuple[Scores | None, Scores | None]:
        """Score all topics by the classifier and by their answers, each None where there is none."""
        return self.classified(question, vector), self.answer_scores(question, vector)

    def _score_topics(
        self, topics: npt.NDArray[np.int64], scores: Scores, of_topics: Sequence[Scores | None]
    ) -> tuple[npt.NDArray[np.int64], Scores]:
        """Pool post scores into topic scores (`pool_topics`), and mix in the classifier's and the answers'."""
        places, pooled = pool_topics(topics, scores, self.dense.table.topic_sizes, self.weights.agreement)
        shares = [self._classifier_share, self.answers_share]
        parts = [(np.float32(share), part) for share, part in zip(shares, of_topics, strict=True) if part is not None]
        if not parts:
            return places, pooled
        mixed = pooled
        for share, part in parts:
            mixed = (1 - share) * mixed + share * part[topics[places]]
        mixed = np.where(pooled >= CERTAIN, pooled, np.minimum(mixed, np.float32(BELOW_CERTAIN)))
        ranking = np.argsort(-mixed, kind="stable")
        return places[ranking], mixed[ranking]

    def features(
        self, question: Question, vector: Vectors, count: int, of_topics: Iterable[Scores | None] = ()
    ) -> tuple[npt.NDArray[np.int64], Scores]:
        """Return the candidate rows, ascending, and their dense, keyword and overlap scores.

        Candidates are the `count` best posts of both retrievers, and all posts of the topics that are likeliest by the
        classifier, or by their answers, and are missing among them.

        *Shape:* `vector` ``(dim,)``, `of_topics` (the classifier's scores, the answers') each ``(topics,)``; result:
        ``(candidates,)`` and ``(candidates, 3)``.
        """
        among = self.dense.table.rows_among(question.among)
        matches, words = self.keyword.matches_among(question)
        near = self.dense.search_posts(vector, count, among)[0]
        rows = np.unique(np.concatenate([near, matches[best_places(words, count)]]))
        table, may_be_found = self.dense.table, self.dense.table.topics_among(question.among)
        for scores in of_topics:
            if scores is None:
                continue
            likeliest = _likeliest(scores)
            likeliest = likeliest if may_be_found is None else likeliest[may_be_found[likeliest]]
            found = set(table.topics[rows].tolist())
            lacking = [table.rows_of(topic) for topic in likeliest.tolist() if topic not in found]
            rows = np.sort(np.concatenate([rows, *lacking])) if lacking else rows
        features = np.zeros((len(rows), 3), dtype=np.float32)
        features[:, 0] = np.minimum(self.dense.score_posts(vector, rows), 1.0)
        features[:, 1] = np.minimum(np.maximum(scores_of(rows, matches, words), 0.0), 1.0)
        if self.weights.overlap:
            features[:, 2] = self.overlaps(question, rows)
        return rows, features

    def part_scores(self, question: Question, hits: Sequence[Hit]) -> list[PartScores]:
        """Return what the scores of hits of a question are mixed from; a hit of a post that has gone is left out."""
        table = self.dense.table
        rows_of = {(topic, post): row for row, (topic, post, _number) in enumerate(table.keys)}
        rows = np.array([rows_of[key] for hit in hits if (key := (hit.topic_id, hit.post)) in rows_of], dtype=np.int64)
        if not len(rows):
            return []
        vector = self.dense.encode(question)
        matches, words = self.keyword.matches_among(question)
        of_topics = [
            [None] * len(rows) if scores is None else scores[table.topics[rows]].tolist()
            for scores in self._topic_scores(question, vector)
        ]
        return [
            PartScores(min(float(near), 1.0), float(said), float(shared), classified, answered)
            for near, said, shared, classified, answered in zip(
                self.dense.score_posts(vector, rows),
                np.clip(scores_of(rows, matches, words), 0.0, 1.0),
                self.overlaps(question, rows),
                *of_topics,
                strict=True,
            )
        ]

    def overlaps(self, question: Question, rows: npt.NDArray[np.int64]) -> Scores:
        """Jaccard similarity of the character bigrams of question and post. *Shape:* ``(len(rows),)``."""
        asked = question.bigrams
        posts = [char_ngrams(self.dense.table.posts[row]) for row in rows.tolist()]
        return np.array([len(asked & post) / len(asked | post) for post in posts], dtype=np.float32)


def searched_answers(
    faq: Faq, dense: DenseRetriever, keyword: KeywordRetriever, weights: FusionWeights, before: Answers | None = None
) -> Answers | None:
    """Make the search of an FAQ's answers (`answers_of`); None also where their share is 0, however many are found."""
    if not weights.answers_share(len(dense.table), len(faq.topics), 1.0):
        return None
    return answers_of(faq, dense, keyword, weights.keyword, before)


def _likeliest(of_topics: Scores) -> npt.NDArray[np.int64]:
    """Return the topics of the greatest scores, equal ones in the order of the FAQ; sorting all would take longer."""
    places = best_places(of_topics, _LIKELIEST)
    likeliest: npt.NDArray[np.int64] = places[np.argsort(-of_topics[places], kind="stable")[:_LIKELIEST]]
    return likeliest


def updated_classifier(classifier: TopicClassifier, old: PostTable, dense: DenseRetriever) -> TopicClassifier | None:
    """Refit the classifier for an edited FAQ; after a very large edit, only rearrange its weights."""
    table = dense.table
    if not worth_classifying(len(table), len(table.ids)):
        return None
    before, now = old.posts_by_topic(), table.posts_by_topic()
    numbers = {topic_id: number for number, topic_id in enumerate(before)}
    mapped = classifier.mapped([numbers.get(topic_id, -1) for topic_id in now])
    edited = [number for number, (topic_id, posts) in enumerate(now.items()) if before.get(topic_id) != posts]
    if len(table) * len(edited) > MOST_AT_ONCE:
        return mapped
    inputs = classifier_inputs(classifier, dense.vectors, table.posts)
    return mapped.refitted(inputs, table.topics, np.array(edited, dtype=np.int64))


def new_classifier_inputs(dense: DenseRetriever) -> Vectors:
    """Return what a new classifier reads of the posts: their vectors, and the n-grams of those of an English FAQ.

    *Shape:* ``(posts, inputs)``.
    """
    table = dense.table
    if mostly_chinese(table.posts) or len(table) * len(table.ids) > _MOST_WITH_SUBWORDS:
        return dense.vectors
    return with_subwords(dense.vectors, table.posts)


def classifier_inputs(classifier: TopicClassifier, vectors: Vectors, texts: Sequence[str]) -> Vectors:
    """Return what a classifier reads of texts: as when it was fitted.

    *Shape:* ``(n, dim)`` to ``(n, inputs)``.
    """
    return with_subwords(vectors, texts) if reads_subwords(classifier, vectors) else vectors


def reads_subwords(classifier: TopicClassifier, vectors: Vectors) -> bool:
    """Whether a classifier reads more than vectors such as these, ``(n, dim)``: the n-grams of an English FAQ."""
    return len(classifier.center) > vectors.shape[1]


def worth_classifying(posts: int, topics: int) -> bool:
    """Whether there are topics to tell apart, and posts few enough to fit a classifier in time.

    A classifier of one topic would be certain of any question.
    """
    return posts > 0 and topics > 1 and posts * topics <= MOST


def combine(features: Scores, weights: FusionWeights) -> Scores:
    """Weighted mean of the three scores. *Shape:* ``(candidates, 3)`` to ``(candidates,)``."""
    mix = np.array([1 - weights.keyword - weights.overlap, weights.keyword, weights.overlap], dtype=np.float32)
    scores: Scores = features @ mix
    return scores


def scores_of(rows: npt.NDArray[np.int64], found: npt.NDArray[Any], scores: Scores) -> Scores:
    """Look up the scores of given rows; 0 for rows not in `found` (ascending). *Shape:* ``(len(rows),)``."""
    result = np.zeros(len(rows), dtype=np.float32)
    if len(found):
        places = np.minimum(np.searchsorted(found, rows), len(found) - 1)
        matched = found[places] == rows
        result[matched] = scores[places[matched]]
    return result
