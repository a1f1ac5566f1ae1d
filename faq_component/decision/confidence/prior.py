"""The prior over FAQs: a confidence that was fitted once, on many simulated FAQs, and needs no fit on a user's own.

`python -m benchmarks.prior` makes `prior.json`; it describes the corpora, the simulation and the figures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from faq_component.decision.confidence.evidence import NAMES, Evidence
from faq_component.decision.confidence.held_out import OffsetPrior
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.hybrid import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit

_GREATEST_LOGIT = 30.0
PRIOR_FILE = Path(__file__).with_name("prior.json")


@dataclass(frozen=True)
class Line:
    """The intercept and the weights of a logistic regression on the features in `NAMES`."""

    intercept: float
    weights: tuple[float, ...]

    def at(self, features: Sequence[float]) -> float:
        """Logit of the probability."""
        return self.intercept + sum(weight * value for weight, value in zip(self.weights, features, strict=True))


@dataclass(frozen=True)
class Bounds:
    """Least probabilities of an answer and of a clarifying question, for one target precision."""

    precision: float
    few: float
    many: float


@dataclass(frozen=True)
class Prior:
    """A logistic regression whose weights depend on how many posts a topic of the FAQ has.

    In an FAQ of one post a topic the logit is that of `few`, from ten posts on that of `many`, and between them it is
    interpolated by the logarithm of the mean number of posts.

    Args:
        few: of FAQs of one post a topic.
        many: of FAQs of ten posts a topic and more.
        answers: bounds of answers, by ascending target precision.
        asks: bounds of clarifying questions, likewise.
        offsets: how far an FAQ's own posts move the logit.
    """

    few: Line
    many: Line
    answers: tuple[Bounds, ...]
    asks: tuple[Bounds, ...]
    offsets: OffsetPrior

    def line(self, share: float) -> Line:
        """Weights for an FAQ; `share` is that of `many`, see `Evidence.share_of_many`."""
        few, many = (
            (part * line.intercept, [part * weight for weight in line.weights])
            for part, line in ((1 - share, self.few), (share, self.many))
        )
        return Line(few[0] + many[0], tuple(map(sum, zip(few[1], many[1], strict=True))))

    def answer_from(self, precision: float, share: float) -> float:
        """Least probability of an answer for a target precision."""
        return _interpolated(self.answers, precision, share)

    def ask_from(self, precision: float, share: float, answered: float) -> float:
        """Least probability, at most `answered`, of a clarifying question that offers the right topic this often."""
        return min(_interpolated(self.asks, precision, share), answered)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values, a row for each feature."""
        return {
            "features": [
                {"name": name, "few posts": few, "many posts": many}
                for name, few, many in zip(NAMES, self.few.weights, self.many.weights, strict=True)
            ],
            "intercept": {"few posts": self.few.intercept, "many posts": self.many.intercept},
            "answer from": [_bound_to_json(bound) for bound in self.answers],
            "ask from": [_bound_to_json(bound) for bound in self.asks],
            "held-out posts": asdict(self.offsets),
        }

    @classmethod
    def from_json(cls, content: Any) -> Prior:
        """Read what `to_json` made.

        Raises:
            ValueError: the content is not a prior, or one on other features.
        """
        try:
            rows = content["features"]
            if tuple(row["name"] for row in rows) != NAMES:
                raise ValueError("it was fitted on other features")
            few, many = (
                Line(float(content["intercept"][name]), tuple(float(row[name]) for row in rows))
                for name in ("few posts", "many posts")
            )
            answers, asks = (
                tuple(
                    Bounds(*(float(row[key]) for key in ("precision", "few posts", "many posts")))
                    for row in content[name]
                )
                for name in ("answer from", "ask from")
            )
            offsets = OffsetPrior(*(float(content["held-out posts"][field.name]) for field in fields(OffsetPrior)))
        except (KeyError, TypeError) as error:
            raise ValueError(f"it is not a prior ({error})") from error
        return cls(few, many, answers, asks, offsets)


class PriorConfidence:
    """Estimates probabilities by the prior, on the evidence of one FAQ.

    Args:
        prior: the prior over FAQs.
        evidence: of the FAQ.
        offset: what the FAQ's own posts add to the logits.
    """

    def __init__(self, prior: Prior, evidence: Evidence, offset: float = 0.0) -> None:
        self.prior, self.evidence, self.offset = prior, evidence, offset
        self._line = prior.line(evidence.share_of_many)

    def probability(self, question: Question, hits: Sequence[Hit], siblings: Collection[str] = ()) -> float:
        """Probability, less than 1, that the first hit or one of its siblings has the correct topic; 0 without hits."""
        return self.given(self.evidence.measure(question, hits, siblings)) if hits else 0.0

    def given(self, features: Sequence[float]) -> float:
        """Probability, less than 1, that the first hit of a question with these features has the correct topic."""
        logit = self._line.at(features) + self.offset
        return 1 / (1 + math.exp(-min(max(logit, -_GREATEST_LOGIT), _GREATEST_LOGIT)))

    def updated(self, faq: Faq, retriever: Retriever) -> PriorConfidence:
        """Return the confidence over an edited FAQ and its retriever, without refitting; this one stays valid."""
        if not isinstance(retriever, HybridRetriever):
            raise TypeError("the prior needs a hybrid retriever")
        return PriorConfidence(self.prior, self.evidence.updated(retriever), self.offset)


@lru_cache(maxsize=1)
def shipped_prior() -> Prior:
    """Read the prior that the package brings for hybrid retrieval with a classifier of topics."""
    return Prior.from_json(json.loads(PRIOR_FILE.read_text(encoding="utf-8")))


def _bound_to_json(bound: Bounds) -> dict[str, float]:
    return {"precision": bound.precision, "few posts": bound.few, "many posts": bound.many}


def _interpolated(bounds: Sequence[Bounds], precision: float, share: float) -> float:
    """Bound of a target precision, interpolated between those that are listed; 1 above the last one."""
    of_many = [(bound.precision, (1 - share) * bound.few + share * bound.many) for bound in bounds]
    below = of_many[0]
    if precision <= below[0]:
        return below[1]
    for above in of_many[1:]:
        if precision <= above[0]:
            part = (precision - below[0]) / (above[0] - below[0])
            return below[1] + part * (above[1] - below[1])
        below = above
    return 1.0
