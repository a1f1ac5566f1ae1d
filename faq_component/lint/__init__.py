"""Faults of a knowledge base that `faq check` cannot see: what is there is well-formed, and yet wrong."""

from faq_component.lint.findings import Finding
from faq_component.lint.linting import lint
from faq_component.lint.words import RULES

__all__ = ["RULES", "Finding", "lint"]
