"""The fitted confidence, and the bounds on it that reach a target precision."""

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
    """A question whose topic is known, and how its search went.

    `correct` says whether the first hit has its topic, `offered` whether a clarifying question would offer that topic;
    `weight` is the weight of the sample.
    """

    probability: float
    correct: bool
    offered: bool
    weight: float


@dataclass(frozen=True)
class Calibration:
    """A logistic regression (Platt 1999), and the samples that it was fitted on.

    The probability is the share of messages with these features whose first hit has the correct topic. It assumes that
    70% of the messages have a topic in the FAQ; where most have none, the share is lower. Probabilities can be compared
    between questions, retrievers and FAQs.

    Args:
        weights: one for each feature; those of `Surroundings` are included where there is an encoder.
        intercept: of the regression.
        samples: in descending order of probability.
    """

    weights: Features
    intercept: float
    samples: tuple[Sample, ...]

    def probability(self, values: Features) -> float:
        """Probability, less than 1, that the first hit has the correct topic, given the features of a question."""
        logit = self.intercept + sum(weight * value for weight, value in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-min(max(logit, -_GREATEST_LOGIT), _GREATEST_LOGIT)))

    def answer_from(self, precision: float) -> float:
        """Lowest bound on the probability above which answers reach this precision; 1 where none does."""
        return _lowest(self.samples, lambda sample: sample.correct, precision)

    def ask_from(self, precision: float, answered: float) -> float:
        """Lowest bound, at most `answered`, above which clarifying questions offer the correct topic this often."""
        return min(
            _lowest(
                [sample for sample in self.samples if sample.probability < answered],
                lambda sample: sample.offered,
                precision,
            ),
            answered,
        )

    def to_json(self) -> str:
        """Serialise weights, intercept and samples as JSON."""
        names = NAMES[: len(self.weights)]
        return json.dumps({**asdict(self), "features": names, "samples": [list(sample) for sample in self.samples]})

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            ValueError: the text is not a calibration, or one on other features.
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
    """Lowest probability of a sample such that the weighted share of those that count is at least `precision`."""
    bound, good, total = _UNREACHABLE, 0.0, 0.0
    for place, sample in enumerate(samples):
        total += sample.weight
        good += sample.weight * counts(sample)
        last_of_its_kind = place + 1 == len(samples) or samples[place + 1].probability < sample.probability
        if last_of_its_kind and good >= precision * total:
            bound = min(sample.probability, _GREATEST_BOUND)
    return bound
