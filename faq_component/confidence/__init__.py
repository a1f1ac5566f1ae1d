"""How sure: from the hits of a question to the probability that the first topic is the right one."""

from faq_component.confidence.calibration import Calibration, Sample
from faq_component.confidence.features import DEPTH, features

__all__ = ["DEPTH", "Calibration", "Sample", "features"]
