"""Softmax regression from sentence vectors to topics, fitted on all posts of the FAQ.

Why there is one, and why it is written by hand: docs/project/decisions/0005-topic-classifier.md.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from faq_component.retrieval.indexes import Mask, RowNumbers, Vectors, array_digest
from faq_component.support.artifacts import ArtifactStore

# Posts times topics above which no classifier is fitted (just below, fitting takes 23 s and 400 MiB on two cores), and
# above which an edit goes live before its topics are fitted.
MOST = 20_000_000
MOST_AT_ONCE = 4_000_000
LEAST_LOG_PROBABILITY = -12.0
# Chosen on development questions, like the share in the hybrid score: see docs/results/benchmarks.md.
_INVERSE_PENALTY = 50.0
# Root mean square distance of unit vectors from their mean below which the posts count as identical.
_LEAST_SPREAD = 1e-2
_ITERATIONS = 100
_CORRECTIONS = 6  # of L-BFGS: each takes as much memory as the weights
_CHUNK = 1 << 22  # logits at a time
_VERSION = 2  # to be raised where another classifier would be fitted to the same posts


@dataclass(frozen=True, eq=False)
class TopicClassifier:
    """Weights of the topics, by topic number: ``log softmax(weights @ [(vector - center) / scale, 1])``.

    *Shape:* `weights` ``(topics, dim + 1)``, `center` ``(dim,)``.
    """

    weights: Vectors
    center: Vectors
    scale: float

    @classmethod
    def fit(
        cls, vectors: Vectors, topics: RowNumbers, count: int, start: TopicClassifier | None = None
    ) -> TopicClassifier:
        """Minimise the cross-entropy on the posts, with an L2 penalty on all weights except the intercepts.

        Vectors are scaled to length 1, then centred and scaled to a mean square length of 1, so that one penalty suits
        all encoders.

        Args:
            vectors: of the posts. *Shape:* ``(posts, dim)``.
            topics: the number of each post's topic, from 0 to `count` - 1. *Shape:* ``(posts,)``.
            count: number of topics.
            start: initial weights for the same topics, such as those before an edit; of vectors of another `dim`, as
                before the FAQ changed its language, they are left aside.
        """
        center = (1.0 / _lengths(vectors)) @ vectors / np.float32(len(vectors))
        spread = float(np.sqrt(max(1.0 - float(center @ center), 0.0)))
        scale = spread if spread > _LEAST_SPREAD else 1.0
        if start is not None and len(start.center) == vectors.shape[1]:
            weights = start.weights
        else:
            weights = np.zeros((count, vectors.shape[1] + 1), dtype=np.float32)
        return cls(weights, center, scale).refitted(vectors, topics, np.arange(count))

    @classmethod
    def load_or_fit(
        cls, folder: Path, vectors: Vectors, topics: RowNumbers, count: int, start: TopicClassifier | None = None
    ) -> TopicClassifier:
        """Read the classifier of these posts from a folder, or fit it and keep it there; arguments as for `fit`.

        Reading takes a moment, fitting takes seconds.
        """
        store = ArtifactStore(folder, "classifier of topics", version=_VERSION)
        made_from = [count, vectors.shape, array_digest(vectors), array_digest(topics)]
        return store.load_or_make(
            made_from, lambda: cls.fit(vectors, topics, count, start), cls.to_bytes, cls.from_bytes
        )

    def to_bytes(self) -> bytes:
        """Serialise as one array in numpy's format: the weights, then a row of center and scale."""
        content = io.BytesIO()
        last = np.append(self.center, np.float32(self.scale))
        np.save(content, np.vstack([self.weights, last]), allow_pickle=False)
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: memoryview) -> TopicClassifier:
        """Read what `to_bytes` wrote."""
        rows = np.load(io.BytesIO(content), allow_pickle=False)
        return cls(rows[:-1], rows[-1, :-1], float(rows[-1, -1]))

    def refitted(self, vectors: Vectors, topics: RowNumbers, free: RowNumbers) -> TopicClassifier:
        """Refit the weights of some topics while the others stay fixed: quick where few were edited.

        *Shape:* `vectors` and `topics` as for `fit`, `free` ``(n,)``: numbers of the topics, ascending.
        """
        if not len(free):
            return self
        rows = self._rows(vectors)
        fixed = np.setdiff1d(np.arange(len(self.weights)), free)
        among_free = np.full(len(self.weights), -1)
        among_free[free] = np.arange(len(free))
        problem = _Problem(rows, among_free[topics], _log_sum_exp(rows, self.weights[fixed]), len(free))
        weights = self.weights.copy()
        weights[free] = problem.solve(weights[free])
        return replace(self, weights=weights)

    def mapped(self, old_numbers: Sequence[int]) -> TopicClassifier:
        """Rearrange the weights for other topics: the number of each one here, or -1 for a new one (zero weights)."""
        numbers = np.array(old_numbers, dtype=np.int64)
        weights = np.where((numbers >= 0)[:, None], self.weights[numbers], np.float32(0.0))
        return replace(self, weights=weights.astype(np.float32))

    def log_probabilities(self, vector: Vectors, apart: int | None = None) -> Vectors:
        """Log probability of each topic given a question's vector, and that it is not of `apart`, a topic's number.

        *Shape:* ``(dim,)`` to ``(topics,)``.
        """
        logits = self.weights @ self._rows(vector[None, :])[0]
        if apart is not None:
            logits[apart] = -np.inf
        logits -= logits.max()
        scores: Vectors = logits - np.log(np.exp(logits).sum())
        return scores

    def scores(self, vector: Vectors, among: Mask | None = None, apart: int | None = None) -> Vectors:
        """Log probabilities scaled to 0..1: 1 is certain, 0 is e^-12 or less. *Shape:* ``(dim,)`` to ``(topics,)``.

        Topics outside of `among`, ``(topics,)``, have 0. The others keep the probability that they have among all: the
        only topic of a scope would be certain of any question otherwise. Only what `apart` had goes to the others.
        """
        scores: Vectors = (
            1.0 - np.maximum(self.log_probabilities(vector, apart), LEAST_LOG_PROBABILITY) / LEAST_LOG_PROBABILITY
        )
        return scores if among is None else np.where(among, scores, np.float32(0.0))

    def _rows(self, vectors: Vectors) -> Vectors:
        """Standardise vectors and append a 1 for the intercept. *Shape:* ``(n, dim)`` to ``(n, dim + 1)``."""
        rows = np.ones((len(vectors), vectors.shape[1] + 1), dtype=np.float32)
        scaled = rows[:, :-1]
        np.divide(vectors, _lengths(vectors)[:, None], out=scaled)
        scaled -= self.center
        scaled /= np.float32(self.scale)
        return rows


class _Problem:
    """The optimisation problem over the weights of free topics; fixed topics enter as the log-sum-exp of their logits.

    *Shape:* `rows` ``(posts, dim + 1)``; `wanted` ``(posts,)``, a post's topic among the free ones, or -1; `others`
    ``(posts,)``, the log-sum-exp of the fixed topics' logits.
    """

    def __init__(self, rows: Vectors, wanted: RowNumbers, others: Vectors, count: int) -> None:
        self._rows, self._wanted, self._others, self._count = rows, wanted, others, count

    def solve(self, start: Vectors) -> Vectors:
        """Optimise the weights, starting from `start`. *Shape:* both ``(free topics, dim + 1)``."""
        from scipy.optimize import minimize  # 30 MiB that a cached classifier does not need

        found = minimize(
            self.loss,
            start.ravel().astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _ITERATIONS, "maxcor": _CORRECTIONS},
        )
        weights: Vectors = found.x.reshape(start.shape).astype(np.float32)
        return weights

    def loss(self, flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        """Compute the penalised loss and its gradient. *Shape:* weights and gradient flattened to one row."""
        weights = flat.reshape(self._count, -1).astype(np.float32)
        penalised = weights.copy()
        penalised[:, -1] = 0.0
        total, gradient = 0.0, np.zeros_like(weights)
        for part in _chunks(len(self._rows), self._count):
            loss, slope = self._of(part, weights)
            total += loss
            gradient += slope
        total = _INVERSE_PENALTY * total + 0.5 * float(np.sum(penalised.astype(np.float64) ** 2))
        return total, (_INVERSE_PENALTY * gradient + penalised).ravel().astype(np.float64)

    def _of(self, part: slice, weights: Vectors) -> tuple[float, Vectors]:
        rows, wanted, others = self._rows[part], self._wanted[part], self._others[part]
        logits = rows @ weights.T
        most = np.maximum(logits.max(axis=1), others)
        logits -= most[:, None]
        of_free = np.flatnonzero(wanted >= 0)
        own = logits[of_free, wanted[of_free]]
        np.exp(logits, out=logits)
        sums = logits.sum(axis=1) + np.exp(others - most)
        normalisers = np.log(sums)
        # The logit of a post of a fixed topic is constant, so its loss leaves it out.
        loss = float(normalisers.sum(dtype=np.float64) - own.sum(dtype=np.float64))
        loss += float((most[wanted < 0]).sum(dtype=np.float64))
        logits /= sums[:, None]
        logits[of_free, wanted[of_free]] -= 1.0
        slope: Vectors = logits.T @ rows
        return loss, slope


def _log_sum_exp(rows: Vectors, weights: Vectors) -> Vectors:
    """Log-sum-exp of the logits; minus infinity without weights.

    *Shape:* ``(n, dim + 1)`` and ``(k, dim + 1)`` to ``(n,)``.
    """
    result = np.full(len(rows), -np.inf, dtype=np.float32)
    if len(weights):
        for part in _chunks(len(rows), len(weights)):
            logits = rows[part] @ weights.T
            most = logits.max(axis=1)
            result[part] = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))
    return result


def _chunks(rows: int, columns: int) -> list[slice]:
    size = max(1, _CHUNK // columns)
    return [slice(start, start + size) for start in range(0, rows, size)]


def _lengths(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    return np.maximum(lengths, np.float32(1e-12))
