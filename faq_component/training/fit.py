"""One's own encoder from one's own topics: sample, fine-tune, mine hard negatives, fine-tune again, export, compare.

Needs torch to be imported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from faq_component.encoders.onnx import OnnxEncoder
from faq_component.errors import SettingsError
from faq_component.evaluation.paired import PairedTest, compare_retrievers
from faq_component.evaluation.queries import Query
from faq_component.evaluation.results import Result, search_all
from faq_component.recall import DenseRetriever
from faq_component.text import normalize
from faq_component.topics import Faq
from faq_component.training.checkpoint import embed, load_checkpoint
from faq_component.training.dequantize import dequantize_encoder
from faq_component.training.evaluators import TopicEvaluator
from faq_component.training.examples import Example
from faq_component.training.export_encoder import export_encoder, put_in_place
from faq_component.training.posts import Posts
from faq_component.training.run_folder import RunFolder
from faq_component.training.sampling import sample
from faq_component.training.sampling_settings import SamplingSettings
from faq_component.training.settings import TrainingSettings
from faq_component.training.siamese_trainer import train_siamese
from faq_component.training.splits import split_posts

SHARE = 0.1


@dataclass(frozen=True)
class FitReport:
    """What came of it: hit@1 of the old and the new encoder on posts that neither training nor choice has seen.

    `test` compares dense recall, new less old; `placed` says whether the new one is in the old one's place.
    """

    old: float
    new: float
    test: PairedTest
    queries: int
    minutes: float
    placed: bool


def fit_encoder(
    faq: Faq,
    encoder: Path,
    work: Path,
    settings: TrainingSettings,
    *,
    base: str | None = None,
    say: Callable[[str], None] = print,
) -> FitReport:
    """Fit an encoder to a knowledge base, and put it in place where it is better; goes on after a stop.

    A tenth of each topic's posts is for the comparison, another for choosing among checkpoints.

    Args:
        faq: topics to learn.
        encoder: folder of the encoder in use, which is replaced by a better one.
        work: everything in between, to go on from.
        settings: of both trainings.
        base: checkpoint to begin with; without one, the encoder in use.
        say: told what is done.

    Raises:
        SettingsError: the topics have too few posts to hold some out.
        EncoderError: the encoder cannot be read, or the folder holds another fit.
    """
    begun = time.monotonic()
    rest, asked = split_posts(faq, SHARE, seed=1)
    training, choosing = split_posts(rest, SHARE, seed=2)
    if not asked or not choosing:
        raise SettingsError("the topics have too few posts to hold some out; most should have ten or more")
    if base is None:
        base = str(work / "base")
        if not (work / "base/config.json").is_file():
            say(f"turning {encoder} into a checkpoint")
            dequantize_encoder(encoder, work / "base")
    judge = TopicEvaluator("chosen", training, choosing)
    for number, strategy in enumerate(("local", "hard"), start=1):
        folder = RunFolder(work / f"round{number}")
        say(f"round {number} of 2: drawing {strategy} negatives among {len(Posts.of(training)):,} posts")
        examples = _draw(training, base, strategy, settings)
        say(f"round {number} of 2: training on {len(examples):,} pairs")
        train_siamese(base, folder.path, examples, [judge], replace(settings, seed=settings.seed + number))
        base = str(folder.encoder)
    say("exporting to int8 and comparing")
    export_encoder(base, work / "encoder", prefix=settings.prefix, max_length=settings.max_length)
    test, old, new = _compare(rest, asked, encoder, work / "encoder")
    better = test.difference.value > 0
    if better:
        put_in_place(work / "encoder", encoder)
    return FitReport(old, new, test, len(asked), (time.monotonic() - begun) / 60, better)


def _draw(faq: Faq, base: str, strategy: str, settings: TrainingSettings) -> list[Example]:
    texts = Posts.of(faq).texts
    checkpoint = load_checkpoint(base)
    vectors = embed(checkpoint, [normalize(text) for text in texts], prefix=settings.prefix)
    sampling = SamplingSettings(strategy=strategy, balance=1.0, seed=settings.seed)
    return sample(faq, sampling, vectors).examples


def _compare(faq: Faq, queries: Sequence[Query], old: Path, new: Path) -> tuple[PairedTest, float, float]:
    results: dict[str, Sequence[Result]] = {}
    for name, folder in (("new", new), ("old", old)):
        retriever = DenseRetriever(faq, OnnxEncoder(folder))
        results[name] = search_all(lambda _, found=retriever: found, [(faq, queries)])  # type: ignore[misc]
    hits = {name: float(np.mean([result.rank == 1 for result in found])) for name, found in results.items()}
    return compare_retrievers(results, "new", "old"), hits["old"], hits["new"]
