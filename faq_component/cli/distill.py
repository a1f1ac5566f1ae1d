"""``faq distill``: a smaller encoder that follows a larger one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from faq_component.cli.console import say
from faq_component.cli.train import add_training_flags, read_evaluators, read_examples, report, training_settings
from faq_component.errors import FaqDataError, SettingsError
from faq_component.evaluation.pairs import read_pairs
from faq_component.knowledge import counts
from faq_component.knowledge.store import is_url, open_store
from faq_component.language import _
from faq_component.training.pairs.word_swaps import swap_words
from faq_component.training.trainers.distillation import DistillationSettings


def add_commands(commands: Any) -> None:
    """Register the command."""
    distill = commands.add_parser("distill", help=_("distil a trained encoder into a smaller one"))
    distill.add_argument("teacher", help=_("the checkpoint to learn from"))
    distill.add_argument(
        "target", type=Path, help=_("the training's folder; the same command resumes a training that was stopped")
    )
    distill.add_argument(
        "--method",
        choices=("vectors", "textbrewer"),
        default="vectors",
        help=_("learn the teacher's vectors of texts (default), or on pairs also its hidden states, with TextBrewer"),
    )
    distill.add_argument(
        "--texts",
        action="append",
        required=True,
        help=_("files to learn from: pairs; for vectors also FAQs (.json) and lines (.txt)"),
    )
    distill.add_argument(
        "--swap-words",
        type=float,
        default=0.0,
        metavar="SHARE",
        help=_("vectors: share of texts to add by swapping words of the dictionary (default: 0)"),
    )
    distill.add_argument(
        "--begin-from",
        default="",
        metavar="CHECKPOINT",
        help=_("vectors: start from this checkpoint instead of some of the teacher's layers"),
    )
    distill.add_argument("--dev", action="append", required=True, metavar="[NAME=]FILE", help=_("pairs to measure on"))
    distill.add_argument(
        "--topics", action="append", default=[], metavar="[NAME=]FAQ", help=_("measure on a tenth of these topics")
    )
    add_training_flags(distill)
    for item in fields(DistillationSettings):
        default = item.default if item.default != "" else _("none")
        meaning = item.metadata["help"]
        text = _("TextBrewer: {meaning} (default: {default})").format(meaning=_(meaning), default=default)
        distill.add_argument(
            f"--{item.name.replace('_', '-')}", type=type(item.default), default=item.default, help=text
        )
    distill.set_defaults(run=_distill)


def _distill(arguments: argparse.Namespace) -> int:
    from faq_component.training.extras import require_training_packages

    require_training_packages()
    settings = training_settings(arguments)
    evaluators = read_evaluators(arguments.dev, arguments.topics)
    if arguments.method == "vectors":
        from faq_component.training.trainers.vector_trainer import distil_vectors

        if settings.max_pairs:
            raise SettingsError(_("max_pairs has no meaning for texts without labels; leave it out"))
        if not 0 <= arguments.swap_words <= 1:
            raise SettingsError(
                _("swap_words is {swap_words:g}; it must be a share from 0 to 1").format(
                    swap_words=arguments.swap_words
                )
            )
        texts = read_texts(arguments.texts)
        count = round(arguments.swap_words * len(texts))
        swapped = swap_words(texts, count, cache_dir=arguments.target / "jieba", seed=settings.seed) if count else []
        say(_("{count:,} texts, {swapped:,} with words swapped").format(count=len(texts), swapped=len(swapped)))
        metrics = distil_vectors(
            arguments.teacher,
            arguments.target,
            texts + swapped,
            evaluators,
            settings,
            begin_from=arguments.begin_from,
        )
    else:
        if arguments.begin_from or arguments.swap_words:
            raise SettingsError(_("begin_from and swap_words are for --method vectors; leave them out"))
        from faq_component.training.trainers.textbrewer_trainer import distil_network

        examples = read_examples(arguments.texts, settings)
        say(counts.pairs(len(examples)))
        given = {item.name: getattr(arguments, item.name) for item in fields(DistillationSettings)}
        distillation = DistillationSettings(**given)
        metrics = distil_network(arguments.teacher, arguments.target, examples, evaluators, settings, distillation)
    report(arguments.target, metrics)
    return 0


def read_texts(paths: Sequence[str]) -> list[str]:
    """The different texts of several files: pairs, topics of an FAQ, or lines.

    Raises:
        FaqDataError: a file cannot be read.
    """
    texts: dict[str, None] = {}
    for path in paths:
        if is_url(path) or path.endswith(".json") or Path(path).is_dir():
            found = [post for topic in open_store(path).load(responses_required=False).topics for post in topic.posts]
        elif path.endswith(".txt"):
            try:
                found = Path(path).read_text(encoding="utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise FaqDataError(
                    [_("{path} cannot be read as UTF-8 text ({error}); mend it").format(path=path, error=error)]
                ) from error
        else:
            found = [text for pair in read_pairs(path) for text in (pair.first, pair.second)]
        texts |= dict.fromkeys(text for text in found if text.strip())
    return list(texts)
