"""Ranking: the recalled topics in a better order, by models that read question and post more closely."""

from faq_component.rerank.cross_encoder import CrossEncoder
from faq_component.rerank.poly_encoder import PolyEncoder
from faq_component.rerank.reranking import RerankingRetriever
from faq_component.rerank.types import Reranker

__all__ = ["CrossEncoder", "PolyEncoder", "Reranker", "RerankingRetriever"]
