"""``faq train``: fine-tune an encoder, or a reranker, on pairs."""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faq_component.cli.console import say
from faq_component.errors import SettingsError
from faq_component.evaluation.pairs import read_pairs
from faq_component.evaluation.queries import hold_out
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.training.settings import FRAMEWORKS, TrainingSettings

MODELS = ("siamese", "cross", "poly")

if TYPE_CHECKING:
    from faq_component.training.pairs.examples import Example
    from faq_component.training.trainers.evaluators import Evaluator


def add_commands(commands: Any) -> None:
    """Register the command."""
    train = commands.add_parser("train", help=_("fine-tune an encoder or a reranker on sentence pairs"))
    train.add_argument("base", help=_("the checkpoint to begin with: a folder, or a BERT's name on Hugging Face"))
    train.add_argument(
        "target", type=Path, help=_("the training's folder; the same command resumes a training that was stopped")
    )
    train.add_argument(
        "--pairs", action="append", required=True, help=_("pairs to train on: sentence1, sentence2, label")
    )
    train.add_argument(
        "--dev", action="append", default=[], metavar="[NAME=]FILE", help=_("pairs to measure on during the training")
    )
    train.add_argument(
        "--topics", action="append", default=[], metavar="[NAME=]FAQ", help=_("measure on a tenth of these topics")
    )
    train.add_argument("--model", choices=MODELS, default=MODELS[0], help=_("what to train"))
    train.add_argument(
        "--framework", choices=FRAMEWORKS, default=FRAMEWORKS[0], help=_("library that trains a siamese encoder")
    )
    train.add_argument("--codes", type=int, default=16, help=_("codes of a poly-encoder"))
    add_training_flags(train)
    train.set_defaults(run=_train)


def add_training_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each of the training's settings."""
    for item in fields(TrainingSettings):
        default = item.default if item.default != "" else _("none")
        meaning = item.metadata["help"]
        text = _("{meaning} (default: {default})").format(meaning=_(meaning), default=default)
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            type=type(item.default),
            choices=item.metadata["choices"] or None,
            help=text.replace("%", "%%"),
        )


def training_settings(arguments: argparse.Namespace) -> TrainingSettings:
    """The settings that the flags give."""
    given = {item.name: getattr(arguments, item.name) for item in fields(TrainingSettings)}
    return TrainingSettings(**{name: value for name, value in given.items() if value is not None})


def _train(arguments: argparse.Namespace) -> int:
    from faq_component.training.extras import require_training_packages

    require_training_packages()
    settings = training_settings(arguments)
    examples = read_examples(arguments.pairs, settings)
    say(
        _("{pairs}, {same:,} of them mean the same").format(
            pairs=counts.pairs(len(examples)), same=sum(example.same for example in examples)
        )
    )
    train = _train_siamese if arguments.model == "siamese" else _train_reranker
    report(arguments.target, train(arguments, examples, settings))
    return 0


def _train_siamese(
    arguments: argparse.Namespace, examples: Sequence[Example], settings: TrainingSettings
) -> dict[str, float]:
    if not arguments.dev and not arguments.topics:
        raise SettingsError(
            _("no data to choose the best checkpoint by; give --dev a file of pairs, or --topics an FAQ")
        )
    evaluators = read_evaluators(arguments.dev, arguments.topics)
    if arguments.framework == "trainer":
        from faq_component.training.trainers.siamese_trainer import train_siamese as train
    else:
        from faq_component.training.trainers.library_trainer import train_with_library as train
    return train(arguments.base, arguments.target, examples, evaluators, settings)


def _train_reranker(
    arguments: argparse.Namespace, examples: Sequence[Example], settings: TrainingSettings
) -> dict[str, float]:
    if len(arguments.dev) != 1 or arguments.topics:
        raise SettingsError(
            _("a {model}-encoder is measured on pairs: give --dev once, and no --topics").format(model=arguments.model)
        )
    if settings.prefix:
        raise SettingsError(
            _("prefix is '{prefix}'; a {model}-encoder reads two texts as they are, leave it out").format(
                prefix=settings.prefix, model=arguments.model
            )
        )
    name, path = _named(arguments.dev[0])
    dev = {name: read_pairs(path)}
    if arguments.model == "cross":
        from faq_component.training.trainers.cross_encoder_trainer import train_cross_encoder

        return train_cross_encoder(arguments.base, arguments.target, examples, dev, settings)
    from faq_component.training.trainers.poly_encoder_trainer import train_poly_encoder

    return train_poly_encoder(arguments.base, arguments.target, examples, dev, settings, arguments.codes)


def report(target: Path, metrics: dict[str, float]) -> None:
    """Say what was kept, and how good it is; of several processes the first speaks."""
    if os.environ.get("RANK", "0") != "0":
        return
    measured = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items() if name != "step")
    best = _("{folder}: best at step {step}: {measured}")
    say(best.format(folder=target / "encoder", step=int(metrics["step"]), measured=measured))


def read_examples(paths: Sequence[str], settings: TrainingSettings) -> list[Example]:
    """The pairs of several files; at most `settings.max_pairs` of them, drawn with the settings' seed."""
    from faq_component.training.pairs.examples import from_pairs

    examples = from_pairs([pair for path in paths for pair in read_pairs(path)])
    if settings.max_pairs and settings.max_pairs < len(examples):
        draw = random.Random(settings.seed)  # noqa: S311 (a sample, not a secret)
        examples = draw.sample(examples, settings.max_pairs)
    return examples


def read_evaluators(dev: Sequence[str], topics: Sequence[str]) -> list[Evaluator]:
    """Evaluators of pair files and of held-out tenths (seed 0), named by what stands before ``=``, else by the file."""
    from faq_component.training.trainers.evaluators import PairEvaluator, TopicEvaluator

    named = [*map(_named, dev)], [*map(_named, topics)]
    names = [name for name, _path in (*named[0], *named[1])]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SettingsError(
            _("two sets to measure on are named '{name}'; give one another name: NAME=FILE").format(name=repeated[0])
        )
    evaluators: list[Evaluator] = [PairEvaluator(name, read_pairs(path)) for name, path in named[0]]
    for name, path in named[1]:
        corpus, queries = hold_out(open_store(path).load(responses_required=False))
        evaluators.append(TopicEvaluator(name, corpus, queries))
    return evaluators


def _named(text: str) -> tuple[str, str]:
    name, found, path = text.partition("=")
    return (name, path) if found else (Path(text).name.partition(".")[0], text)
