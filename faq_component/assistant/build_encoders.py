"""Encoders from settings: one in memory per process, shared by questions, posts and Rasa's featurizer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from faq_component.assistant.build_text import build_rewriter
from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.encoders.recent import RecentEncoder
from faq_component.retrieval.rewrite import RewritingEncoder
from faq_component.retrieval.unread import TellingApartEncoder
from faq_component.settings import WITHOUT_ENCODER, Settings


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
        from faq_component.encoders.remote import RemoteEncoder

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


def build_query_encoder(settings: Settings) -> Encoder:
    """The encoder of questions: that of the settings, over texts rewritten as for recall, and told apart."""
    encoder = build_encoder(settings)
    return RewritingEncoder(TellingApartEncoder(encoder, encoder.reads), build_rewriter(settings))


def build_post_encoder(settings: Settings) -> Encoder:
    """The encoder of posts, whose vectors are kept on disk; it rewrites and tells apart as that of questions."""
    encoder = build_encoder(settings)
    cached = CachedEncoder(encoder, Path(settings.cache_dir) / "vectors.sqlite")
    return RewritingEncoder(TellingApartEncoder(cached, encoder.reads), build_rewriter(settings))


def build_encoders(settings: Settings) -> tuple[Encoder, Encoder]:
    """The encoder of questions, and that of posts."""
    return build_query_encoder(settings), build_post_encoder(settings)
