"""What a retriever said to each question, kept so that everything else can be computed from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faq_component.evaluation.metrics import DEPTH, RecallReport, summarize
from faq_component.evaluation.queries import Query
from faq_component.knowledge.checking import Faq
from faq_component.retrieval import Retriever
from faq_component.retrieval.question import Question
from faq_component.types import Hit

Split = tuple[Faq, Sequence[Query]]
Confidence = Callable[[str, Sequence[Hit]], float]
"""The probability that the first of the hits of a question has the right topic."""


@dataclass(frozen=True)
class Result:
    """One searched question: its ten best hits, and the milliseconds that they took."""

    query: Query
    hits: tuple[Hit, ...]
    milliseconds: float

    @property
    def rank(self) -> int:
        """The place of the right topic, from 1; 0 where it is not among the hits."""
        topics = [hit.topic_id for hit in self.hits]
        return topics.index(self.query.topic_id) + 1 if self.query.topic_id in topics else 0

    @property
    def given(self) -> str | None:
        """The topic that came first."""
        return self.hits[0].topic_id if self.hits else None


@dataclass(frozen=True)
class DataSetResults:
    """All retrievers on one data set: results of the questions that have a topic, and of those that have none."""

    name: str
    titles: dict[str, str]
    posts: int
    known: dict[str, tuple[Result, ...]]
    unknown: dict[str, tuple[Result, ...]]
    confidence: Confidence | None = None  # of the last retriever

    def report(self, retriever: str) -> RecallReport:
        """The metrics of one retriever."""
        results = self.known[retriever]
        return summarize(ranks(results), [result.milliseconds for result in results])


def search_all(
    build: Callable[[Faq], Retriever],
    splits: Sequence[Split],
    track: Callable[[Sequence[Query]], Iterable[Query]] = iter,
) -> tuple[Result, ...]:
    """Search every question of every split; `track` may wrap the questions of a split in a progress bar.

    The first three questions of a split are searched beforehand, so that the times are warm; each is encoded in its
    time.
    """
    found = []
    for faq, queries in splits:
        retriever = build(faq)
        for query in queries[:3]:
            retriever.search(Question(query.text), DEPTH)
        for query in track(queries):
            start = time.perf_counter()
            hits = retriever.search(Question(query.text), DEPTH)
            found.append(Result(query, tuple(hits), 1000 * (time.perf_counter() - start)))
    return tuple(found)


def ranks(results: Sequence[Result]) -> npt.NDArray[np.int64]:
    """The place of the right topic for each question, 0 where it was not found. *Shape:* ``(len(results),)``."""
    return np.array([result.rank for result in results], dtype=np.int64)
