"""Confidence: the calibrated probability that the first hit has the correct topic."""

from faq_component.decision.confidence.calibration import KNOWN_SHARE, Calibration, Sample
from faq_component.decision.confidence.evidence import Evidence
from faq_component.decision.confidence.features import DEPTH, features
from faq_component.decision.confidence.fitted import FittedConfidence
from faq_component.decision.confidence.held_out import OffsetPrior, folds, is_near
from faq_component.decision.confidence.learned import LearnedConfidence, Shift, Verdict, fit_shift
from faq_component.decision.confidence.offer import MAX_CHOICES, worth_offering
from faq_component.decision.confidence.out_of_scope import Surroundings
from faq_component.decision.confidence.prior import Prior, PriorConfidence, shipped_prior
from faq_component.decision.confidence.types import Confidence

__all__ = [
    "DEPTH",
    "KNOWN_SHARE",
    "MAX_CHOICES",
    "Calibration",
    "Confidence",
    "Evidence",
    "FittedConfidence",
    "LearnedConfidence",
    "OffsetPrior",
    "Prior",
    "PriorConfidence",
    "Sample",
    "Shift",
    "Surroundings",
    "Verdict",
    "features",
    "fit_shift",
    "folds",
    "is_near",
    "shipped_prior",
    "worth_offering",
]
