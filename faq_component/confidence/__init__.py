"""How sure: from the hits of a question to the probability that the first topic is the right one."""

from faq_component.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.confidence.features import DEPTH, features

__all__ = ["DEPTH", "KNOWN_SHARE", "Calibration", "Sample", "features"]
