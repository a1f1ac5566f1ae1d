"""A confidence that was fitted on the FAQ itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from faq_component.decision.confidence.calibration import Calibration
from faq_component.decision.confidence.features import features
from faq_component.decision.confidence.out_of_scope import Surroundings
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit


@dataclass(frozen=True)
class FittedConfidence:
    """Estimates probabilities by a calibration.

    Args:
        calibration: fitted on the FAQ.
        surroundings: of the FAQ, where the calibration has weights for its features.
    """

    calibration: Calibration
    surroundings: Surroundings | None = None

    def probability(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> float:
        """Probability, less than 1, that the first of one or more hits has the correct topic; siblings are left out."""
        others = [hit for hit in hits if hit.topic_id not in siblings]
        return self.calibration.probability(features(question, others, self.surroundings))

    def updated(self, faq: Faq, retriever: Retriever) -> FittedConfidence:
        """Return the confidence with the `Surroundings` of the edited FAQ; the calibration stays."""
        return self if self.surroundings is None else replace(self, surroundings=self.surroundings.updated(faq))
