"""Build encoders from settings: one in memory per process, shared by questions, posts and Rasa's featurizer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from faq_component.assistant.build_text import build_rewriter
from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.encoders.shipped import encoder_place
from faq_component.retrieval.comparison_encoder import ComparisonEncoder
from faq_component.settings import WITHOUT_ENCODER, Settings


def build_encoder(settings: Settings) -> Encoder:
    """Return the encoder of the settings; one object per model and options, so that it is in memory once."""
    named = encoder_place(settings.encoder)
    local = Path(named)
    place = str(local.resolve()) if settings.encoder_backend != "remote" and local.exists() else named
    unit_length = settings.similarity == "cosine"
    return _encoder(settings.encoder_backend, place, settings.pooling, settings.threads, unit_length)


@lru_cache(maxsize=2)
def _encoder(backend: str, place: str, pooling: str, threads: int, unit_length: bool) -> Encoder:
    if backend == "transformers":
        from faq_component.encoders.transformers_encoder import TransformersEncoder

        return TransformersEncoder(place, pooling=pooling, threads=threads, unit_length=unit_length)
    if backend == "sentence-transformers":
        from faq_component.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

        return SentenceTransformersEncoder(place, threads=threads, unit_length=unit_length)
    if backend == "remote":
        from faq_component.encoders.remote import RemoteEncoder

        return RemoteEncoder(place, unit_length=unit_length)
    return OnnxEncoder(place, threads=threads, unit_length=unit_length)


def build_query_encoder(settings: Settings) -> ComparisonEncoder:
    """Build the encoder of questions, with the rewriting of the settings."""
    encoder = build_encoder(settings)
    return ComparisonEncoder(encoder, build_rewriter(settings), _reads(encoder))


def encoder_fingerprint(settings: Settings) -> str:
    """The fingerprint of the encoder that takes part in retrieval; empty where none does."""
    return "" if settings.retriever in WITHOUT_ENCODER else build_query_encoder(settings).fingerprint


def build_post_encoder(settings: Settings) -> ComparisonEncoder:
    """Build the encoder of posts: like that of questions, with a cache of vectors on disk."""
    encoder = build_encoder(settings)
    cached = CachedEncoder(encoder, Path(settings.cache_dir) / "vectors.sqlite")
    return ComparisonEncoder(cached, build_rewriter(settings), _reads(encoder))


def build_encoders(settings: Settings) -> tuple[ComparisonEncoder, ComparisonEncoder]:
    """Build the encoder of questions and that of posts."""
    return build_query_encoder(settings), build_post_encoder(settings)


def _reads(encoder: Encoder) -> Callable[[str], bool]:
    """Return the vocabulary check of an encoder; other backends than ONNX have none."""
    return encoder.reads if isinstance(encoder, OnnxEncoder) else lambda _: True
