"""How sure: from the hits of a question to the probability that the first topic is the right one."""

from faq_component.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.confidence.features import DEPTH, features
from faq_component.confidence.offer import MAX_CHOICES, worth_offering
from faq_component.confidence.surroundings import Surroundings

__all__ = [
    "DEPTH",
    "KNOWN_SHARE",
    "MAX_CHOICES",
    "Calibration",
    "Sample",
    "Surroundings",
    "features",
    "worth_offering",
]
