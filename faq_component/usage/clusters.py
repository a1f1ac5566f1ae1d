"""Questions that mean the same, put together, with the topics nearest to them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faq_component.encoders import Encoder
from faq_component.knowledge.topics import Faq
from faq_component.types import Hit
from faq_component.usage.questions import Question

MOST_QUESTIONS = 2000
# Mean cosine from which questions are one cluster. Of the demo FAQ's held-out questions, whose topics are close to each
# other, 0.91 are then among a majority of their own topic (0.79 at 0.7), in 476 clusters of 719 questions (360 at 0.7).
SAME_MEANING = 0.75
_NEAREST = 5
_ASKED_FOR = 5  # wordings of a cluster that are searched for
_BATCH = 64

Search = Callable[[str], Sequence[Hit]]


@dataclass(frozen=True)
class Nearest:
    """A topic near to a cluster.

    Args:
        topic_id: its id.
        title: its title.
        score: mean of the retriever's scores for the cluster's wordings, 0 to 1.
        picked: how often users picked it when asked to clarify.
        useless: how often its answer was called not useful.
    """

    topic_id: str
    title: str
    score: float
    picked: int
    useless: int


@dataclass(frozen=True)
class Cluster:
    """Questions that mean the same, most frequent first, and the nearest topics; those that users picked come first."""

    questions: tuple[Question, ...]
    nearest: tuple[Nearest, ...]

    @property
    def count(self) -> int:
        """How often its questions are to be looked at."""
        return sum(question.count for question in self.questions)

    @property
    def last_seen(self) -> str:
        """When one of them was asked last, UTC."""
        return max(question.last_seen for question in self.questions)

    @property
    def texts(self) -> tuple[str, ...]:
        """The wordings."""
        return tuple(question.text for question in self.questions)


def make_clusters(
    questions: Sequence[Question],
    encoder: Encoder,
    search: Search,
    faq: Faq,
    walk: Callable[[Sequence[Any]], Any] = lambda items: items,
) -> list[Cluster]:
    """The clusters of the first `MOST_QUESTIONS` questions, the most frequent first.

    Args:
        questions: see `open_questions`.
        encoder: whose vectors tell what means the same.
        search: the topics nearest to a text.
        faq: where titles come from.
        walk: shows progress while batches are walked.
    """
    questions = list(questions[:MOST_QUESTIONS])
    if not questions:
        return []
    groups: dict[int, list[Question]] = defaultdict(list)
    for label, question in zip(_labels([q.text for q in questions], encoder, walk), questions, strict=True):
        groups[label].append(question)
    clusters = [Cluster(tuple(group), _nearest(group, search, faq)) for group in groups.values()]
    return sorted(clusters, key=lambda cluster: -cluster.count)


def _labels(texts: Sequence[str], encoder: Encoder, walk: Callable[[Sequence[Any]], Any]) -> list[int]:
    """The number of each text's cluster: average linkage, cut at `SAME_MEANING`; the same texts give the same ones."""
    from sklearn.cluster import AgglomerativeClustering

    if len(texts) == 1:
        return [0]
    vectors = np.concatenate([encoder.encode(texts[at : at + _BATCH]) for at in walk(range(0, len(texts), _BATCH))])
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    # Of unit vectors, the Euclidean distance is sqrt(2 - 2 cosine).
    apart = math.sqrt(2 - 2 * SAME_MEANING)
    clustering = AgglomerativeClustering(n_clusters=None, linkage="average", distance_threshold=apart)
    return [int(label) for label in clustering.fit_predict(vectors)]


def _nearest(questions: Sequence[Question], search: Search, faq: Faq) -> tuple[Nearest, ...]:
    asked = questions[:_ASKED_FOR]
    total = sum(question.count for question in asked)
    scores: Counter[str] = Counter()
    for question in asked:
        for hit in search(question.text):
            scores[hit.topic_id] += question.count * hit.score / total  # type: ignore[assignment]
    picked = sum((Counter(question.picked) for question in questions), Counter[str]())
    useless = sum((Counter(question.useless) for question in questions), Counter[str]())
    found = [
        Nearest(topic_id, faq.by_id[topic_id].title, float(scores[topic_id]), picked[topic_id], useless[topic_id])
        for topic_id in {**picked, **scores, **useless}
        if topic_id in faq.by_id
    ]
    return tuple(sorted(found, key=lambda near: (-near.picked, -near.score, near.topic_id))[:_NEAREST])
