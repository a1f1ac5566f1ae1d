"""Evaluators of an encoder during training: on pairs, and on the topics of an FAQ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from faq_component.encoders.types import Vectors
from faq_component.errors import SettingsError
from faq_component.evaluation.pairs import (
    Floats,
    Labels,
    Pair,
    average_precision,
    f1_score,
    find_thresholds,
    spearman,
)
from faq_component.evaluation.queries import Query
from faq_component.knowledge.checking import Faq
from faq_component.language import _, listed
from faq_component.text import normalize
from faq_component.training.settings import TrainingSettings

Encode = Callable[[Sequence[str]], Vectors]
_QUERIES = 512
_DEPTHS = (1, 3, 10)


class Evaluator(Protocol):
    """Measures an encoder: fractions by name, greater is better."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, the main one first."""

    @property
    def fingerprint(self) -> str:
        """A short hash of the data it measures on."""

    def __call__(self, encode: Encode) -> dict[str, float]:
        """Measure; `encode` gives unit vectors of normalised texts."""


class PairEvaluator:
    """Accuracy and F1, each at its best threshold on the pairs themselves: for development pairs only."""

    def __init__(self, name: str, pairs: Sequence[Pair]) -> None:
        self.name, self.pairs = name, pairs
        self._same = np.array([pair.same for pair in pairs])

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics; accuracy at the best threshold is the first."""
        return pair_metric_names(self.name)

    @property
    def fingerprint(self) -> str:
        """Hash of the name and the pairs."""
        return _digest(self.name, [[pair.first, pair.second, pair.same] for pair in self.pairs])

    def __call__(self, encode: Encode) -> dict[str, float]:
        """Encode each distinct sentence once, and compare the cosines with the labels."""
        texts = list(dict.fromkeys(normalize(text) for pair in self.pairs for text in (pair.first, pair.second)))
        vectors = dict(zip(texts, encode(texts), strict=True))
        first = np.stack([vectors[normalize(pair.first)] for pair in self.pairs])
        second = np.stack([vectors[normalize(pair.second)] for pair in self.pairs])
        return pair_metrics(self.name, np.einsum("nd,nd->n", first, second).astype(np.float64), self._same)


def pair_metrics(name: str, scores: Floats, same: Labels) -> dict[str, float]:
    """Measure scored pairs at the best thresholds. *Shape:* both ``(pairs,)``."""
    thresholds = find_thresholds(scores, same)
    values = (
        float(((scores >= thresholds.accuracy) == same).mean()),
        f1_score(scores >= thresholds.f1, same),
        spearman(scores, same.astype(np.float64)),
        average_precision(scores, same),
    )
    return dict(zip(pair_metric_names(name), values, strict=True))


def pair_metric_names(name: str) -> tuple[str, ...]:
    """Return the names of the metrics of `pair_metrics`."""
    return tuple(f"{name}_{metric}" for metric in ("accuracy", "f1", "spearman", "average_precision"))


class TopicEvaluator:
    """Hit@1, @3 and @10: the share of questions whose topic is among that many nearest topics, by exact search.

    Raises:
        SettingsError: no question has a topic.
    """

    def __init__(self, name: str, corpus: Faq, queries: Sequence[Query]) -> None:
        self.name = name
        self._posts = [normalize(post) for topic in corpus.topics for post in topic.posts]
        ids = {topic.id: number for number, topic in enumerate(corpus.topics)}
        self._owners = np.array([ids[topic.id] for topic in corpus.topics for _post in topic.posts])
        known = [query for query in queries if query.topic_id is not None]
        if not known:
            message = _("{name}: there is no question to measure with; its topics need six posts or more")
            raise SettingsError(message.format(name=name))
        self._queries = [normalize(query.text) for query in known]
        self._wanted = np.array([ids[query.topic_id] for query in known if query.topic_id is not None])

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics; hit@1 is the first."""
        return tuple(f"{self.name}_hit@{depth}" for depth in _DEPTHS)

    @property
    def fingerprint(self) -> str:
        """Hash of the name, the posts and the questions, and the topics of both."""
        return _digest(self.name, self._posts, self._owners.tolist(), self._queries, self._wanted.tolist())

    def __call__(self, encode: Encode) -> dict[str, float]:
        """Encode posts and questions, and rank the topics by their nearest post."""
        posts, queries = encode(self._posts), encode(self._queries)
        places = np.concatenate(
            [
                self._places(posts, queries[start : start + _QUERIES], self._wanted[start : start + _QUERIES])
                for start in range(0, len(queries), _QUERIES)
            ]
        )
        return {name: float((places < depth).mean()) for name, depth in zip(self.metrics, _DEPTHS, strict=True)}

    def _places(self, posts: Vectors, queries: Vectors, wanted: Vectors) -> Vectors:
        """Count the topics that rank before the wanted one.

        *Shape:* ``(posts, dim)``, ``(queries, dim)``, ``(queries,)``.
        """
        scores = np.full((len(queries), int(self._owners.max()) + 1), -np.inf, dtype=np.float32)
        products = queries @ posts.T
        order = np.argsort(self._owners, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(self._owners[order]) > 0))
        scores[:, self._owners[order][starts]] = np.maximum.reduceat(products[:, order], starts, axis=1)
        own = scores[np.arange(len(queries)), wanted]
        # NaN is never lower, so every topic ranks before it. Of equal scores the first topic wins, as in retrieval.
        equal = (scores == own[:, None]) & (np.arange(scores.shape[1]) < wanted[:, None])
        before: Vectors = (~(scores <= own[:, None]) | equal).sum(axis=1)
        return before


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def evaluate_all(evaluators: Sequence[Evaluator], encode: Encode) -> dict[str, float]:
    """Return the metrics of several evaluators."""
    return {name: value for evaluator in evaluators for name, value in evaluator(encode).items()}


def fingerprints_of(evaluators: Sequence[Evaluator]) -> list[str]:
    """Return the fingerprints of several evaluators."""
    return [evaluator.fingerprint for evaluator in evaluators]


def metrics_of(evaluators: Sequence[Evaluator]) -> list[str]:
    """Return the names of the metrics of several evaluators, in order."""
    return [name for evaluator in evaluators for name in evaluator.metrics]


def metric_to_choose_by(names: Sequence[str], settings: TrainingSettings) -> str:
    """Return the metric that chooses the encoder to keep: `best_by`, or the first of the names.

    Raises:
        SettingsError: `best_by` is not among the names.
    """
    if settings.best_by and settings.best_by not in names:
        message = _("{name} is '{value}'; choose one of {choices}")
        raise SettingsError(message.format(name="best_by", value=settings.best_by, choices=listed(names)))
    return settings.best_by or names[0]
