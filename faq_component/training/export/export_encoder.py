"""Export a checkpoint as the int8 ONNX folder that `OnnxEncoder` reads, and check it against the original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.decision.confidence.out_of_domain import out_of_domain_sentences
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.onnx import POSITIONS, OnnxEncoder
from faq_component.encoders.types import Vectors
from faq_component.errors import EncoderError
from faq_component.evaluation.metrics import Interval, bootstrap
from faq_component.evaluation.queries import Query, hold_out
from faq_component.knowledge.checking import Faq
from faq_component.language import _
from faq_component.support.model_metadata import MODEL, TOKENIZER
from faq_component.text import normalize
from faq_component.training.checkpoints.checkpoint import Checkpoint, embed, load_checkpoint
from faq_component.training.checkpoints.saving import in_place_of
from faq_component.training.int8.bert_graph import calibrate, write_bert
from faq_component.training.int8.compact_tokenizer import write_tokenizer
from faq_component.training.network.smaller_bert import keep_layers, keep_positions
from faq_component.training.probes import PROBES

MIN_MEAN_COSINE = 0.99
MAX_LENGTH = 64
_STEP = 3  # every third sentence of other domains is taken
_JOINED = 8  # sentences of a long text


@dataclass(frozen=True)
class ExportReport:
    """Comparison of the int8 model with its float32 original.

    The cosines are over real sentences. `hit1_float32`, `hit1_int8` and `hit1_loss` (paired) are fractions over the
    held-out tenth of an FAQ; they are None without an FAQ, or if its topics have too few posts to hold some out.
    """

    megabytes: float
    mean_cosine: float
    min_cosine: float
    sentences: int
    hit1_float32: Interval | None = None
    hit1_int8: Interval | None = None
    hit1_loss: Interval | None = None


def export_encoder(
    checkpoint_folder: str,
    target: Path,
    *,
    faq: Faq | None = None,
    prefix: str | None = None,
    layers: int | None = None,
    max_length: int = MAX_LENGTH,
    positions: int | None = None,
    seed: int = 0,
) -> ExportReport:
    """Write ``model.onnx``, ``tokenizer.json`` and ``encoder.json`` into `target`, and report the loss.

    The files are written and checked beside `target`. They are put in place only if the mean cosine to float32 is at
    least 0.99; other files in `target`, such as a model card, stay. `prefix` replaces the checkpoint's. `layers` keeps
    its first layers only, `positions` the first rows of its position table (by default `max_length` rounded up to a
    multiple of 128). With an `faq`, the cosine is over its posts, and hit@1 is compared on a seeded tenth of them.

    Raises:
        MissingExtraError: torch, transformers or onnx is not installed.
        EncoderError: the checkpoint is not a BERT, has fewer layers or positions than asked for, or the int8 model is
            too far from it.
    """
    checkpoint = load_checkpoint(checkpoint_folder)
    config = checkpoint.model.config
    prefix = checkpoint.prefix if prefix is None else prefix
    if layers is not None:
        keep_layers(checkpoint.model, layers)
    keep_positions(checkpoint.model, max_length, positions)
    with in_place_of(target) as folder:
        ranges = calibrate(checkpoint.model, _calibration(checkpoint, prefix, max_length))
        write_bert(checkpoint.model, ranges, folder / MODEL, {POSITIONS: str(config.max_position_embeddings)})
        write_tokenizer(checkpoint.tokenizer.backend_tokenizer, folder / TOKENIZER)
        EncoderMetadata.write(
            folder,
            base=checkpoint.base,
            layers=config.num_hidden_layers,
            dim=config.hidden_size,
            pooling=checkpoint.pooling,
            prefix=prefix,
            max_length=max_length,
        )
        report = _compare(checkpoint, folder, faq, prefix, max_length, seed)
        if not report.mean_cosine >= MIN_MEAN_COSINE:
            message = _(
                "the int8 model is too far from {source}: mean cosine {cosine:.4f}, under {bound}; {target} is left as "
                "it was"
            )
            raise EncoderError(
                message.format(
                    source=checkpoint_folder, cosine=report.mean_cosine, bound=MIN_MEAN_COSINE, target=target
                )
            )
    return report


def calibration_texts() -> list[str]:
    """Return sentences of many domains, and long texts joined from them."""
    sentences = [normalize(text) for text in (*PROBES, *out_of_domain_sentences()[::_STEP])]
    joined = ["，".join(sentences[start : start + _JOINED]) for start in range(0, len(sentences), _JOINED)]
    return sentences + joined


def _calibration(checkpoint: Checkpoint, prefix: str, max_length: int) -> Iterator[Any]:
    for text in calibration_texts():
        inputs = checkpoint.tokenizer(prefix + text, truncation=True, max_length=max_length, return_tensors="pt")
        yield inputs["input_ids"]


def _compare(
    checkpoint: Checkpoint, folder: Path, faq: Faq | None, prefix: str, max_length: int, seed: int
) -> ExportReport:
    encoder = OnnxEncoder(folder)
    texts = [normalize(post) for topic in faq.topics for post in topic.posts] if faq else list(PROBES)
    texts = list(dict.fromkeys(texts))
    original = embed(checkpoint, texts, prefix=prefix, max_length=max_length)
    int8 = encoder.encode(texts)
    cosines = (original * int8).sum(axis=1)
    megabytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    report = ExportReport(megabytes, float(cosines.mean()), float(cosines.min()), len(texts))
    corpus, queries = hold_out(faq, seed=seed) if faq else (None, [])
    if corpus is None or not queries:
        return report
    hits = [_hits(corpus, queries, dict(zip(texts, vectors, strict=True))) for vectors in (original, int8)]
    return ExportReport(
        report.megabytes,
        report.mean_cosine,
        report.min_cosine,
        report.sentences,
        bootstrap(hits[0]),
        bootstrap(hits[1]),
        bootstrap(hits[0] - hits[1]),
    )


def _hits(corpus: Faq, queries: Sequence[Query], vectors: dict[str, Vectors]) -> Vectors:
    """Return 1 where the nearest post is of the question's topic, else 0. *Shape:* ``(len(queries),)``."""
    posts = [(post, topic.id) for topic in corpus.topics for post in topic.posts]
    matrix = np.stack([vectors[normalize(post)] for post, _topic in posts])
    nearest = [int(np.argmax(matrix @ vectors[normalize(query.text)])) for query in queries]
    right = [posts[row][1] == query.topic_id for row, query in zip(nearest, queries, strict=True)]
    return np.array(right, dtype=np.float32)
