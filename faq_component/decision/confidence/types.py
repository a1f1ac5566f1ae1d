"""The interface of confidences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit


class Confidence(Protocol):
    """Estimates the probability that the first hit has the correct topic."""

    def probability(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> float:
        """Probability, less than 1, that the first hit or one of its siblings has the correct topic."""
        ...

    def updated(self, faq: Faq, retriever: Retriever) -> Confidence:
        """Return the confidence over an edited FAQ and its retriever, without refitting; this one stays valid."""
        ...
