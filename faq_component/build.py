"""The only place where settings become objects."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from faq_component.decide import Thresholds
from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.encoders.recent import RecentEncoder
from faq_component.faq import Faq
from faq_component.recall import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.recall.tokens import JiebaWords
from faq_component.settings import Settings

# Chosen on the development half of the demo FAQ's held-out and out-of-scope questions: `faq tune`, see the README.
DEFAULT_THRESHOLDS = {
    "keyword": Thresholds(answer=0.44, clarify=0.26, margin=0.1),
    "dense": Thresholds(answer=0.5, clarify=0.36, margin=0.06),
    "hybrid": Thresholds(answer=0.42, clarify=0.32, margin=0.06),
}


def build_encoder(settings: Settings) -> Encoder:
    """The encoder; the same object for the same folder and threads, so that it is in memory once per process."""
    return _encoder(str(Path(settings.encoder).resolve()), settings.threads)


@lru_cache(maxsize=2)
def _encoder(folder: str, threads: int) -> Encoder:
    return RecentEncoder(OnnxEncoder(folder, threads=threads))


def build_retriever(settings: Settings, faq: Faq) -> Retriever:
    """The retriever that the settings name, over this FAQ."""
    if settings.retriever == "keyword":
        return _keyword(settings, faq)
    dense = _dense(settings, faq)
    if settings.retriever == "dense":
        return dense
    return HybridRetriever(dense, _keyword(settings, faq), settings.keyword_weight)


def build_thresholds(settings: Settings) -> Thresholds:
    """The thresholds of the settings, those left open from `DEFAULT_THRESHOLDS`."""
    default = DEFAULT_THRESHOLDS[settings.retriever]
    return Thresholds(
        answer=default.answer if settings.answer_threshold is None else settings.answer_threshold,
        clarify=default.clarify if settings.clarify_threshold is None else settings.clarify_threshold,
        margin=default.margin if settings.margin is None else settings.margin,
    )


def _keyword(settings: Settings, faq: Faq) -> KeywordRetriever:
    return KeywordRetriever(faq, JiebaWords(settings.cache_dir))


def _dense(settings: Settings, faq: Faq) -> DenseRetriever:
    encoder = build_encoder(settings)
    return DenseRetriever(faq, encoder, CachedEncoder(encoder, Path(settings.cache_dir) / "vectors.sqlite"))
