"""A retriever whose best hits are reordered by a reranker."""

from __future__ import annotations

from faq_component.rerank.types import Reranker
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.text import comparison_key
from faq_component.types import BELOW_CERTAIN, Hit


class RerankingRetriever:
    """Retrieves more topics than requested, reranks them, and returns the best.

    A topic is ranked by its nearest post. A post with the comparison key of the question (identical except for case,
    width, spaces and punctuation) comes first with score 1; the scores of the others are the reranker's, scaled to
    0..`BELOW_CERTAIN`.
    """

    def __init__(self, retriever: Retriever, reranker: Reranker, candidates: int = 20) -> None:
        """Wrap a retriever; `candidates` is the number of topics to rerank, or `top_k` where that is greater."""
        self._retriever = retriever
        self._reranker = reranker
        self._candidates = candidates

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first; equal scores keep the retriever's order."""
        hits = self._retriever.search(question, max(top_k, self._candidates))
        if not hits:
            return []
        same = [Hit(hit.topic_id, hit.post, 1.0) for hit in hits if comparison_key(hit.post) == question.key]
        others = [hit for hit in hits if comparison_key(hit.post) != question.key]
        if len(same) < top_k and others:
            ranked = self._reranker.rerank(question, others)
            same += [Hit(hit.topic_id, hit.post, BELOW_CERTAIN * hit.score) for hit in ranked]
        return same[:top_k]
