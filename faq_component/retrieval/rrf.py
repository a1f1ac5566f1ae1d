"""Reciprocal rank fusion of several retrievers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit

_DEPTH = 50


class RrfRetriever:
    """Orders topics by ``sum of 1 / (k + rank)`` over the retrievers (Cormack, Clarke and Buettcher 2009, k = 60).

    That sum ranks topics but does not measure how well they match: the first of any list gets nearly the same value.
    So the score of a hit is the mean of the retrievers' scores (0 from one that did not find it), lowered where
    necessary so that scores descend along the list.
    """

    def __init__(self, retrievers: Sequence[Retriever], k: int = 60) -> None:
        self._retrievers = tuple(retrievers)
        self._k = k

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first."""
        votes: dict[str, float] = defaultdict(float)
        found: dict[str, list[Hit]] = defaultdict(list)
        for retriever in self._retrievers:
            for rank, hit in enumerate(retriever.search(question, max(top_k, _DEPTH)), start=1):
                votes[hit.topic_id] += 1 / (self._k + rank)
                found[hit.topic_id].append(hit)
        hits: list[Hit] = []
        ceiling = 1.0
        for topic_id in sorted(votes, key=lambda topic_id: -votes[topic_id])[:top_k]:
            best = max(found[topic_id], key=lambda hit: hit.score)
            ceiling = min(ceiling, sum(hit.score for hit in found[topic_id]) / len(self._retrievers))
            hits.append(Hit(topic_id, best.post, ceiling))
        return hits
