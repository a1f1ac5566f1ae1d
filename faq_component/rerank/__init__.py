"""Reranking: models that read question and post together and reorder the retrieved topics."""

from faq_component.rerank.cross_encoder import CrossEncoder
from faq_component.rerank.poly_encoder import PolyEncoder
from faq_component.rerank.reranking import RerankingRetriever
from faq_component.rerank.types import Reranker

__all__ = ["CrossEncoder", "PolyEncoder", "Reranker", "RerankingRetriever"]
