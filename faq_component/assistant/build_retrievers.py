"""Build retrievers from settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from faq_component.assistant.build_encoders import build_encoders
from faq_component.assistant.build_text import build_tokenizer
from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq
from faq_component.language import _
from faq_component.rerank import CrossEncoder, PolyEncoder, Reranker, RerankingRetriever
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.engines.elasticsearch_engine import ElasticsearchRetriever
from faq_component.retrieval.engines.libraries import Bm25sRetriever, RankBm25Retriever, SklearnTfidfRetriever
from faq_component.retrieval.engines.lucene_engine import LuceneRetriever
from faq_component.retrieval.engines.milvus import MilvusRetriever
from faq_component.retrieval.engines.whoosh_engine import WhooshRetriever
from faq_component.retrieval.hybrid import FusionWeights, new_classifier_inputs, searched_answers, worth_classifying
from faq_component.retrieval.indexes import build_index
from faq_component.retrieval.learned import learned_hybrid
from faq_component.retrieval.negatives import Negatives
from faq_component.retrieval.rrf import RrfRetriever
from faq_component.retrieval.weighting import Bm25, TfIdf
from faq_component.settings import WITHOUT_ENCODER, Settings


def build_retriever(settings: Settings, faq: Faq) -> Retriever:
    """Build the retriever of the settings over an FAQ."""
    retriever = _BUILDERS[settings.retriever](settings, faq)
    if settings.reranker == "none":
        return retriever
    return RerankingRetriever(retriever, _reranker(settings, faq), settings.rerank_candidates)


def update_retriever(settings: Settings, retriever: Retriever, faq: Faq) -> Retriever:
    """Return a retriever over an edited FAQ, from the one over the previous version; that one stays valid.

    Keyword, dense, hybrid and Milvus retrievers process new posts only; the weights of `learned` stay, and the
    classifier is refitted for edited topics only, until `refit_retriever`. Other retrievers and rerankers are rebuilt,
    with cached vectors.
    """
    if isinstance(retriever, DenseRetriever | HybridRetriever | KeywordRetriever | MilvusRetriever):
        return retriever.updated(faq)
    return build_retriever(settings, faq)


def refit_retriever(settings: Settings, retriever: Retriever, faq: Faq) -> Retriever:
    """Return the retriever with everything refitted that edits only update: the hybrid's classifier."""
    if not isinstance(retriever, HybridRetriever):
        return retriever
    classifier = _classifier(settings, faq, retriever.dense, retriever.classifier)
    return HybridRetriever(retriever.dense, retriever.keyword, retriever.weights, classifier, retriever.answers)


def build_negatives(settings: Settings, faq: Faq) -> Negatives:
    """Build the comparison with the posts that must not find topics; without any, no encoder is loaded."""
    if settings.retriever in WITHOUT_ENCODER or not any(topic.options.negatives for topic in faq.topics):
        return Negatives(faq)
    return Negatives(faq, *build_encoders(settings))


def is_classified(settings: Settings, faq: Faq) -> bool:
    """Whether the hybrid has a classifier over this FAQ."""
    posts = sum(len(topic.posts) for topic in faq.topics)
    return settings.classifier_weight > 0 and worth_classifying(posts, len(faq.topics))


def _keyword(settings: Settings, faq: Faq) -> KeywordRetriever:
    weighting = Bm25(settings.bm25_k1, settings.bm25_b, settings.negative_idf)
    return KeywordRetriever(faq, build_tokenizer(settings), weighting)


def _tfidf(settings: Settings, faq: Faq) -> KeywordRetriever:
    return KeywordRetriever(faq, build_tokenizer(settings), TfIdf())


def _dense(settings: Settings, faq: Faq) -> DenseRetriever:
    encoder, post_encoder = build_encoders(settings)
    folder = Path(settings.cache_dir) / "indexes"
    return DenseRetriever(faq, encoder, post_encoder, lambda vectors: build_index(vectors, settings.index, folder))


def _hybrid(settings: Settings, faq: Faq) -> HybridRetriever:
    weights = FusionWeights(
        settings.keyword_weight,
        settings.overlap_weight,
        settings.agreement,
        settings.classifier_weight,
        settings.answers_weight,
    )
    dense, keyword = _dense(settings, faq), _keyword(settings, faq)
    answers = searched_answers(faq, dense, keyword, weights)
    return HybridRetriever(dense, keyword, weights, _classifier(settings, faq, dense), answers)


def _classifier(
    settings: Settings, faq: Faq, dense: DenseRetriever, start: TopicClassifier | None = None
) -> TopicClassifier | None:
    """Load or fit the classifier on a dense retriever's vectors; None where settings or the FAQ's size rule it out."""
    if not is_classified(settings, faq):
        return None
    folder = Path(settings.cache_dir) / "classifiers"
    return TopicClassifier.load_or_fit(
        folder, new_classifier_inputs(dense), dense.table.topics, len(dense.table.ids), start
    )


def _elasticsearch(settings: Settings, faq: Faq) -> Retriever:
    dense = settings.elasticsearch_mode == "dense"
    encoder, post_encoder = build_encoders(settings) if dense else (None, None)
    return ElasticsearchRetriever(
        faq,
        build_tokenizer(settings),
        url=settings.elasticsearch_url,
        index=settings.elasticsearch_index,
        mode=settings.elasticsearch_mode,
        encoder=encoder,
        post_encoder=post_encoder,
    )


def _milvus(settings: Settings, faq: Faq) -> Retriever:
    encoder, post_encoder = build_encoders(settings)
    return MilvusRetriever(
        faq,
        encoder,
        post_encoder=post_encoder,
        uri=settings.milvus_uri,
        collection=settings.milvus_collection,
        mode=settings.milvus_mode,
        keyword_weight=settings.keyword_weight,
        agreement=settings.agreement,
        tokenize=build_tokenizer(settings),
    )


def _reranker(settings: Settings, faq: Faq) -> Reranker:
    if settings.reranker_path is None:
        raise SettingsError(
            _("setting 'reranker' is '{value}'; name its model's folder in 'reranker_path'").format(
                value=settings.reranker
            )
        )
    if settings.reranker == "cross":
        return CrossEncoder(settings.reranker_path, threads=settings.threads)
    posts = [post for topic in faq.topics for post in topic.posts]
    return PolyEncoder(settings.reranker_path, posts, threads=settings.threads)


def _rrf(settings: Settings, faq: Faq) -> RrfRetriever:
    return RrfRetriever([_dense(settings, faq), _keyword(settings, faq)])


_BUILDERS: dict[str, Callable[[Settings, Faq], Retriever]] = {
    "keyword": _keyword,
    "dense": _dense,
    "hybrid": _hybrid,
    "rrf": _rrf,
    "learned": lambda settings, faq: learned_hybrid(_hybrid(settings, faq)),
    "tfidf": _tfidf,
    "sklearn": lambda settings, faq: SklearnTfidfRetriever(faq, build_tokenizer(settings)),
    "rank_bm25": lambda settings, faq: RankBm25Retriever(faq, build_tokenizer(settings)),
    "bm25s": lambda settings, faq: Bm25sRetriever(faq, build_tokenizer(settings)),
    "whoosh": lambda settings, faq: WhooshRetriever(
        faq, build_tokenizer(settings), Path(settings.cache_dir) / "whoosh" / faq.fingerprint[:16]
    ),
    "lucene": lambda settings, faq: LuceneRetriever(faq, build_tokenizer(settings)),
    "elasticsearch": _elasticsearch,
    "milvus": _milvus,
}
