"""Measure retrieval and decisions on questions with known topics."""

from faq_component.evaluation.decisions import DecisionCounts, count_decisions, count_outcomes, tune_thresholds
from faq_component.evaluation.metrics import Interval, RecallReport
from faq_component.evaluation.queries import (
    Query,
    halves,
    hold_out,
    leave_one_out,
    load_queries,
    load_unknown,
)

__all__ = [
    "DecisionCounts",
    "Interval",
    "Query",
    "RecallReport",
    "count_decisions",
    "count_outcomes",
    "halves",
    "hold_out",
    "leave_one_out",
    "load_queries",
    "load_unknown",
    "tune_thresholds",
]
