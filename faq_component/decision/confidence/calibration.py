"""The fitted confidence, and the bounds on it that give a wanted precision."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from faq_component.decision.confidence.features import NAMES, WITHOUT_SURROUNDINGS, Features

KNOWN_SHARE = 0.7  # of the messages: those that have a topic
_UNREACHABLE = 1.0
_GREATEST_BOUND = 0.999995  # samples are kept with five decimals: the least that is kept as 1
_GREATEST_LOGIT = 30.0  # from 37 on the probability would be 1, in floating point


class Sample(NamedTuple):
    """A question whose answer is known, as it was recalled.

    `right` is whether the first topic is its topic, `offered` whether one of those that a question back would offer is,
    `weight` how much it counts.
    """

    probability: float
    right: bool
    offered: bool
    weight: float


@dataclass(frozen=True)
class Calibration:
    """A logistic regression (Platt 1999), and the questions that it was fitted on.

    The probability means: of all messages that look like this one to the retriever, so many have the first topic as
    their right one. It is fitted for messages of which 70% have a topic in the FAQ; where most have none, fewer are
    right. It can be compared between questions, retrievers and FAQs.

    Args:
        weights: one for each feature, those of the surroundings or not.
        intercept: of the regression.
        samples: by falling probability.
    """

    weights: Features
    intercept: float
    samples: tuple[Sample, ...]

    def probability(self, values: Features) -> float:
        """The probability that the first topic is right, from the features of a question; less than 1."""
        logit = self.intercept + sum(weight * value for weight, value in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-min(max(logit, -_GREATEST_LOGIT), _GREATEST_LOGIT)))

    def answer_from(self, precision: float) -> float:
        """The least probability from which on the answers, taken together, are right with this precision.

        1, which no question reaches, where no bound gives it.
        """
        return _lowest(self.samples, lambda sample: sample.right, precision)

    def ask_from(self, precision: float, answered: float) -> float:
        """The least probability from which on the questions back, below `answered`, offer the right topic so often."""
        return min(
            _lowest(
                [sample for sample in self.samples if sample.probability < answered],
                lambda sample: sample.offered,
                precision,
            ),
            answered,
        )

    def to_json(self) -> str:
        """The whole as JSON."""
        names = NAMES[: len(self.weights)]
        return json.dumps({**asdict(self), "features": names, "samples": [list(sample) for sample in self.samples]})

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """What `to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        content = json.loads(text)
        try:
            if content["features"] not in (list(NAMES), list(NAMES[:WITHOUT_SURROUNDINGS])):
                raise ValueError("it was fitted on other features")
            samples = tuple(Sample(float(p), bool(r), bool(o), float(w)) for p, r, o, w in content["samples"])
            return cls(tuple(map(float, content["weights"])), float(content["intercept"]), samples)
        except (KeyError, TypeError) as error:
            raise ValueError(f"it is not a calibration ({error})") from error


def _lowest(samples: Sequence[Sample], counts: Callable[[Sample], bool], precision: float) -> float:
    """The least probability of a sample down to which the weighted share of those that count is `precision`."""
    bound, good, total = _UNREACHABLE, 0.0, 0.0
    for place, sample in enumerate(samples):
        total += sample.weight
        good += sample.weight * counts(sample)
        last_of_its_kind = place + 1 == len(samples) or samples[place + 1].probability < sample.probability
        if last_of_its_kind and good >= precision * total:
            bound = min(sample.probability, _GREATEST_BOUND)
    return bound
