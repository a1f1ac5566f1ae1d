"""Searched questions of each retriever, from which all metrics, plots and comparisons are computed."""

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
"""Returns the probability that the first hit of a question has the correct topic."""


@dataclass(frozen=True)
class SearchedQuestion:
    """A question with its ten best hits, and the milliseconds of the search."""

    query: Query
    hits: tuple[Hit, ...]
    milliseconds: float

    @property
    def rank(self) -> int:
        """The rank of the correct topic, from 1; 0 if it is not among the hits."""
        topics = [hit.topic_id for hit in self.hits]
        return topics.index(self.query.topic_id) + 1 if self.query.topic_id in topics else 0

    @property
    def given(self) -> str | None:
        """The topic of the first hit."""
        return self.hits[0].topic_id if self.hits else None


@dataclass(frozen=True)
class DataSetResults:
    """Searched questions of all retrievers on one data set: those that have a topic, and those that have none."""

    name: str
    titles: dict[str, str]
    posts: int
    known: dict[str, tuple[SearchedQuestion, ...]]
    unknown: dict[str, tuple[SearchedQuestion, ...]]
    confidence: Confidence | None = None  # of the last retriever

    def report(self, retriever: str) -> RecallReport:
        """Compute the metrics of one retriever."""
        results = self.known[retriever]
        return summarize(ranks(results), [result.milliseconds for result in results])


def search_all(
    build: Callable[[Faq], Retriever],
    splits: Sequence[Split],
    track: Callable[[Sequence[Query]], Iterable[Query]] = iter,
) -> tuple[SearchedQuestion, ...]:
    """Search every question of every split; `track` may wrap the questions of a split in a progress bar.

    The first three questions of a split are searched beforehand as a warm-up. The time of a question includes encoding
    it.
    """
    found = []
    for faq, queries in splits:
        retriever = build(faq)
        for query in queries[:3]:
            retriever.search(Question(query.text), DEPTH)
        for query in track(queries):
            start = time.perf_counter()
            hits = retriever.search(Question(query.text), DEPTH)
            found.append(SearchedQuestion(query, tuple(hits), 1000 * (time.perf_counter() - start)))
    return tuple(found)


def ranks(results: Sequence[SearchedQuestion]) -> npt.NDArray[np.int64]:
    """Return the rank of the correct topic of each question, 0 if not found. *Shape:* ``(len(results),)``."""
    return np.array([result.rank for result in results], dtype=np.int64)
