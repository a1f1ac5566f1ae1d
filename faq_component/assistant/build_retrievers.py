"""The only place where settings become objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

from faq_component.decision.confidence import Calibration, Surroundings
from faq_component.decision.confidence.calibration_store import load_or_fit
from faq_component.decision.confidence.fit import fit_calibration
from faq_component.decision.contrast import Guard
from faq_component.decision.contrast_store import load_or_mine
from faq_component.decision.rules import Guarded, Precision, Rule, Thresholds
from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.encoders.recent import RecentEncoder
from faq_component.encoders.remote import RemoteEncoder
from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq
from faq_component.rerank import CrossEncoder, PolyEncoder, Reranker, RerankingRetriever
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.classifier_store import ClassifierStore
from faq_component.retrieval.engines.elasticsearch_engine import ElasticsearchRetriever
from faq_component.retrieval.engines.libraries import Bm25sRetriever, RankBm25Retriever, SklearnTfidfRetriever
from faq_component.retrieval.engines.lucene_engine import LuceneRetriever
from faq_component.retrieval.engines.whoosh_engine import WhooshRetriever
from faq_component.retrieval.hybrid import FusionWeights, worth_classifying
from faq_component.retrieval.index_store import IndexStore
from faq_component.retrieval.learned import learned_hybrid
from faq_component.retrieval.pinyin import with_pinyin
from faq_component.retrieval.rewrite import Rewriter, RewritingEncoder, compose, digits, read_synonyms, to_simplified
from faq_component.retrieval.rrf import RrfRetriever
from faq_component.retrieval.tokens import (
    JiebaWords,
    Tokenizer,
    WithoutStopWords,
    characters_and_bigrams,
    read_word_list,
)
from faq_component.retrieval.unread import TellingApartEncoder
from faq_component.retrieval.weighting import Bm25, TfIdf
from faq_component.settings import Settings
from faq_component.support.files import digest

# Chosen on the development half of the demo FAQ's held-out and out-of-scope questions: `faq tune`, see the README.
_BM25 = Thresholds(answer=0.28, clarify=0.2, margin=0.1)
DEFAULT_THRESHOLDS = {
    "keyword": _BM25,
    "dense": Thresholds(answer=0.5, clarify=0.36, margin=0.1),
    "hybrid": Thresholds(answer=0.5, clarify=0.4, margin=0.02),
    "rrf": Thresholds(answer=0.4, clarify=0.28, margin=0.06),
    "learned": Thresholds(answer=0.52, clarify=0.4, margin=0.02),
    "tfidf": Thresholds(answer=0.8, clarify=0.3, margin=0.14),
    "sklearn": Thresholds(answer=0.44, clarify=0.22, margin=0.08),
    "rank_bm25": _BM25,
    "bm25s": _BM25,
    "whoosh": _BM25,
    "lucene": _BM25,
}
_WITHOUT_CLASSIFIER = {
    "hybrid": Thresholds(answer=0.28, clarify=0.22, margin=0.04),
    "learned": Thresholds(answer=0.34, clarify=0.22, margin=0.02),
}
SERVERS = frozenset({"milvus", "elasticsearch"})
WITHOUT_ENCODER = frozenset({"keyword", "tfidf", "sklearn", "rank_bm25", "bm25s", "whoosh", "lucene"})
# Settings that change nothing in what is recalled, or that stand for something whose content is looked at.
_NOT_RECALL = frozenset(
    {"faq", "reload_seconds", "encoder", "top_k", "threads", "cache_dir", "seed", "intent_threshold"}
    | {"guard", "follow_up", "log", "feedback", "voice", "service_url", "service_timeout"}
    | {"answer_precision", "ask_precision", "answer_threshold", "clarify_threshold", "margin"}
)


def build_encoder(settings: Settings) -> RecentEncoder:
    """The encoder; the same object for the same model and options, so that it is in memory once per process."""
    local = Path(settings.encoder)
    place = str(local.resolve()) if settings.encoder_backend != "remote" and local.exists() else settings.encoder
    unit_length = settings.similarity == "cosine"
    return _encoder(settings.encoder_backend, place, settings.pooling, settings.threads, unit_length)


@lru_cache(maxsize=2)
def _encoder(backend: str, place: str, pooling: str, threads: int, unit_length: bool) -> RecentEncoder:
    encoder: Encoder
    if backend == "transformers":
        from faq_component.encoders.transformers_encoder import TransformersEncoder

        encoder = TransformersEncoder(place, pooling=pooling, threads=threads, unit_length=unit_length)
    elif backend == "sentence-transformers":
        from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

        encoder = SentenceTransformersEncoder(place, threads=threads, unit_length=unit_length)
    elif backend == "remote":
        encoder = RemoteEncoder(place, unit_length=unit_length)
    else:
        onnx = OnnxEncoder(place, threads=threads, unit_length=unit_length)
        return RecentEncoder(onnx, onnx.reads)
    return RecentEncoder(encoder)


def forget_questions(settings: Settings) -> None:
    """Make the encoder of recall, where there is one, forget the vectors of the last questions."""
    server = settings.retriever == "elasticsearch" and settings.elasticsearch_mode == "keyword"
    if settings.retriever not in WITHOUT_ENCODER and not server:
        build_encoder(settings).forget()


def build_retriever(settings: Settings, faq: Faq) -> Retriever:
    """The retriever that the settings name, over this FAQ."""
    retriever = _BUILDERS[settings.retriever](settings, faq)
    if settings.reranker == "none":
        return retriever
    return RerankingRetriever(retriever, _reranker(settings, faq), settings.rerank_candidates)


def update_retriever(settings: Settings, retriever: Retriever, faq: Faq) -> Retriever:
    """The retriever over an edited FAQ, from the one over the FAQ before it; that one stays valid.

    Dense and hybrid retrievers, and `learned` ones, whose weights stay, encode only what is new; their classifier is
    fitted to edited topics only, until `refit_retriever`. The others, and rerankers over any, are built, for which
    vectors are kept too.
    """
    if isinstance(retriever, DenseRetriever | HybridRetriever | KeywordRetriever):
        return retriever.updated(faq)
    return build_retriever(settings, faq)


def refit_retriever(settings: Settings, retriever: Retriever, faq: Faq) -> Retriever:
    """The retriever over this FAQ with what edits left as it was fitted anew: the hybrid's classifier."""
    if not isinstance(retriever, HybridRetriever):
        return retriever
    classifier = _classifier(settings, faq, retriever.dense, retriever.classifier)
    return HybridRetriever(retriever.dense, retriever.keyword, retriever.weights, classifier)


def _is_classified(settings: Settings, faq: Faq) -> bool:
    """Whether the hybrid has a classifier over this FAQ."""
    posts = sum(len(topic.posts) for topic in faq.topics)
    return settings.classifier_weight > 0 and worth_classifying(posts, len(faq.topics))


def build_rule(settings: Settings, faq: Faq) -> Rule:
    """What decides: wanted precisions where the confidence can be fitted and no raw threshold is set, and the guard.

    A search engine of its own is not filled with parts of the FAQ to fit a confidence: there the thresholds decide.
    """
    raw = settings.answer_threshold, settings.clarify_threshold, settings.margin
    fitted = settings.retriever not in SERVERS and raw == (None, None, None)
    rule: Rule = (build_precision(settings, faq) if fitted else None) or build_thresholds(settings, faq)
    if not settings.guard:
        return rule
    return Guarded(rule, build_guard(settings, faq))


def build_guard(settings: Settings, faq: Faq) -> Guard:
    """The guard over this FAQ; its pairs of words from the cache where they have been mined."""
    synonyms = settings.synonyms and digest(Path(settings.synonyms))
    made_from = (faq.fingerprint, settings.simplify, settings.digits, synonyms)
    folder = Path(settings.cache_dir) / "pairs"
    return load_or_mine(folder, made_from, faq, _words(settings), build_rewriter(settings))


def build_precision(settings: Settings, faq: Faq) -> Precision | None:
    """The wanted precisions as bounds on the confidence fitted on this FAQ; None where the FAQ is too small."""
    calibration = build_calibration(settings, faq)
    if calibration is None:
        return None
    answer = calibration.answer_from(settings.answer_precision)
    ask = calibration.ask_from(settings.ask_precision, answer)
    # A reranker takes so long for a search that many of them would outlast whoever waits.
    return Precision(calibration, answer, ask, build_surroundings(settings, faq), divides=settings.reranker == "none")


def build_surroundings(settings: Settings, faq: Faq) -> Surroundings | None:
    """Where questions lie among this FAQ's vectors; None where recall has no encoder."""
    return None if settings.retriever in WITHOUT_ENCODER else Surroundings(faq, *_encoders_of_recall(settings))


def build_calibration(settings: Settings, faq: Faq) -> Calibration | None:
    """The confidence fitted on this FAQ, from the cache where it has been; None where the FAQ is too small."""
    made_from = {item.name: getattr(settings, item.name) for item in fields(settings) if item.name not in _NOT_RECALL}
    made_from["faq"] = faq.fingerprint
    if settings.retriever not in WITHOUT_ENCODER:
        made_from["encoder"] = build_query_encoder(settings).fingerprint
    made_from |= {f"content of {name}": digest(path) for name, path in files_of_recall(settings).items()}

    # Parts of an FAQ that is too large for a classifier may not be, and scores are to be those that are served.
    of_parts = settings if _is_classified(settings, faq) else settings.override(classifier_weight=0.0)

    def fit() -> Calibration | None:
        return fit_calibration(
            faq,
            lambda part: build_retriever(of_parts, part),
            _words(settings),
            lambda part: build_surroundings(settings, part),
        )

    return load_or_fit(Path(settings.cache_dir) / "confidence", made_from, fit)


def files_of_recall(settings: Settings) -> dict[str, Path]:
    """What changes recall by its content: files, and the folder of a reranker, by the name of the setting."""
    paths = {name: getattr(settings, name) for name in ("synonyms", "stop_words", "user_dictionary")}
    if settings.reranker != "none":
        paths["reranker_path"] = settings.reranker_path
    return {name: Path(path) for name, path in paths.items() if path is not None}


def _words(settings: Settings) -> Callable[[str], list[str]]:
    """What makes words of a text; jieba is loaded when the first one is asked for."""
    words = lru_cache(maxsize=1)(lambda: JiebaWords(settings.cache_dir, search=False))
    return lambda text: words()(text)


def build_thresholds(settings: Settings, faq: Faq) -> Thresholds:
    """The thresholds of the settings, those left open from `DEFAULT_THRESHOLDS`."""
    # What a server does is what the retriever of that name does here, without a classifier.
    served = {"milvus": settings.milvus_mode, "elasticsearch": settings.elasticsearch_mode}
    name = served.get(settings.retriever, settings.retriever)
    default = DEFAULT_THRESHOLDS[name]
    if settings.retriever in SERVERS or not _is_classified(settings, faq):
        default = _WITHOUT_CLASSIFIER.get(name, default)
    return Thresholds(
        answer=default.answer if settings.answer_threshold is None else settings.answer_threshold,
        clarify=default.clarify if settings.clarify_threshold is None else settings.clarify_threshold,
        margin=default.margin if settings.margin is None else settings.margin,
    )


def build_tokenizer(settings: Settings) -> Tokenizer:
    """What turns a text into the tokens of keyword recall."""
    tokenize = _tokenizer(settings)
    if settings.stop_words is not None:
        tokenize = WithoutStopWords(tokenize, read_word_list(settings.stop_words, "stop_words"))
    if settings.pinyin:
        tokenize = with_pinyin(tokenize)
    rewrite = build_rewriter(settings)
    return lambda text: tokenize(rewrite(text))


def build_rewriter(settings: Settings) -> Rewriter:
    """What every text goes through before it is compared."""
    rewriters: list[Rewriter] = []
    if settings.simplify:
        rewriters.append(to_simplified())
    if settings.synonyms is not None:
        rewriters.append(read_synonyms(settings.synonyms, compose(list(rewriters))))
    if settings.digits:
        rewriters.append(digits)
    return compose(rewriters)


def _tokenizer(settings: Settings) -> Tokenizer:
    if settings.tokens == "chars":
        return characters_and_bigrams
    words = JiebaWords(settings.cache_dir, search=settings.tokens != "words", user_dictionary=settings.user_dictionary)
    if settings.tokens == "both":
        return lambda text: words(text) + characters_and_bigrams(text)
    return words


def _keyword(settings: Settings, faq: Faq) -> KeywordRetriever:
    weighting = Bm25(settings.bm25_k1, settings.bm25_b, settings.negative_idf)
    return KeywordRetriever(faq, build_tokenizer(settings), weighting)


def _tfidf(settings: Settings, faq: Faq) -> KeywordRetriever:
    return KeywordRetriever(faq, build_tokenizer(settings), TfIdf())


def _dense(settings: Settings, faq: Faq) -> DenseRetriever:
    encoder, post_encoder = _encoders_of_recall(settings)
    store = IndexStore(Path(settings.cache_dir) / "indexes")
    return DenseRetriever(
        faq,
        encoder,
        post_encoder,
        lambda vectors: store.open_or_build(vectors, settings.index),
    )


def build_query_encoder(settings: Settings) -> Encoder:
    """The encoder of questions: that of the settings, over texts rewritten as for recall, and told apart."""
    encoder = build_encoder(settings)
    return RewritingEncoder(TellingApartEncoder(encoder, encoder.reads), build_rewriter(settings))


def build_post_encoder(settings: Settings) -> Encoder:
    """The encoder of posts, whose vectors are kept on disk; it rewrites and tells apart as that of questions."""
    encoder = build_encoder(settings)
    cached = CachedEncoder(encoder, Path(settings.cache_dir) / "vectors.sqlite")
    return RewritingEncoder(TellingApartEncoder(cached, encoder.reads), build_rewriter(settings))


def _encoders_of_recall(settings: Settings) -> tuple[Encoder, Encoder]:
    """The encoder of questions, and that of posts."""
    return build_query_encoder(settings), build_post_encoder(settings)


def _hybrid(settings: Settings, faq: Faq) -> HybridRetriever:
    weights = FusionWeights(
        settings.keyword_weight, settings.overlap_weight, settings.agreement, settings.classifier_weight
    )
    dense = _dense(settings, faq)
    return HybridRetriever(dense, _keyword(settings, faq), weights, _classifier(settings, faq, dense))


def _classifier(
    settings: Settings, faq: Faq, dense: DenseRetriever, start: TopicClassifier | None = None
) -> TopicClassifier | None:
    """The classifier of an FAQ by its dense retriever's vectors, where the settings want one and the FAQ allows it."""
    if not _is_classified(settings, faq):
        return None
    store = ClassifierStore(Path(settings.cache_dir) / "classifiers")
    return store.open_or_fit(dense.vectors, dense.table.topics, len(dense.table.ids), start)


def _elasticsearch(settings: Settings, faq: Faq) -> Retriever:
    dense = settings.elasticsearch_mode == "dense"
    encoder, post_encoder = _encoders_of_recall(settings) if dense else (None, None)
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
    from faq_component.retrieval.engines.milvus import MilvusRetriever

    encoder, post_encoder = _encoders_of_recall(settings)
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
        raise SettingsError(f"setting 'reranker' is '{settings.reranker}'; name its model's folder in 'reranker_path'")
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
