"""Confidence: the calibrated probability that the first hit has the correct topic."""

from faq_component.decision.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.decision.confidence.features import DEPTH, features
from faq_component.decision.confidence.offer import MAX_CHOICES, worth_offering
from faq_component.decision.confidence.out_of_scope import Surroundings

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
