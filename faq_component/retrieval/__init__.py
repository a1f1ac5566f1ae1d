"""Recall: from a question to the topics it may belong to."""

from faq_component.recall.dense import DenseRetriever
from faq_component.recall.hybrid import HybridRetriever
from faq_component.recall.keyword import KeywordRetriever
from faq_component.recall.types import Retriever
from faq_component.types import Hit

__all__ = ["DenseRetriever", "Hit", "HybridRetriever", "KeywordRetriever", "Retriever"]
