"""Retrieval: from a question to the topics nearest to it."""

from faq_component.retrieval.dense import DenseRetriever
from faq_component.retrieval.hybrid import HybridRetriever
from faq_component.retrieval.keyword import KeywordRetriever
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit

__all__ = ["DenseRetriever", "Hit", "HybridRetriever", "KeywordRetriever", "Retriever"]
