"""``faq fit``: fine-tune the encoder on one's own topics, and keep it where it is better."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from faq_component.cli.console import add_settings_flags, say, settings_of
from faq_component.cli.train import add_training_flags, training_settings
from faq_component.encoders.shipped import own_encoder
from faq_component.evaluation.queries import load_queries
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store
from faq_component.language import _


def add_commands(commands: Any) -> None:
    """Register the command."""
    fit = commands.add_parser("fit", help=_("fine-tune the encoder on your own topics; only a better one replaces it"))
    fit.add_argument("--work", type=Path, default=Path(".faq/fit"), help=_("folder for intermediate files"))
    fit.add_argument(
        "--queries",
        help=_("questions of users in the FAQ format; one half chooses, the other compares"),
    )
    fit.add_argument("--base", help=_("checkpoint to start from; without one, the encoder in use"))
    fit.add_argument(
        "--thorough",
        action=argparse.BooleanOptionalAction,
        help=_("train a teacher of 12 layers and distil it (default: where there is a GPU)"),
    )
    add_settings_flags(fit, retriever=False, threads=False)
    add_training_flags(fit)
    fit.set_defaults(run=_fit)


def _fit(arguments: argparse.Namespace) -> int:
    from faq_component.training.extras import require_training_packages

    require_training_packages()
    from faq_component.training.fit import fit_encoder

    settings = settings_of(arguments)
    faq = open_store(settings.faq).load(responses_required=False)
    encoder = own_encoder(settings.encoder)
    report = fit_encoder(
        faq,
        encoder,
        arguments.work,
        training_settings(arguments),
        queries=load_queries(arguments.queries, faq) if arguments.queries else (),
        base=arguments.base,
        thorough=arguments.thorough,
        say=say,
    )
    asked = counts.questions(report.queries) if arguments.queries else _("{posts} held out")
    say(
        _(
            "hit@1 on {asked}: {old:.4f} before, {new:.4f} now, difference {difference}, p {p_value:.3f}; "
            "{minutes:.0f} minutes since the last start"
        ).format(
            asked=asked.format(posts=counts.posts(report.queries)),
            old=report.old,
            new=report.new,
            difference=report.difference,
            p_value=report.p_value,
            minutes=report.minutes,
        )
    )
    if report.placed:
        previous = arguments.work / "previous"
        say(
            _("{encoder} is the new encoder now; the old one is in {previous}").format(
                encoder=encoder, previous=previous
            )
        )
        if not arguments.queries:
            say(_("with questions of users, --queries FILE measures the gain on them"))
        return 0
    kept = _("{encoder} was kept: the new one, in {folder}, is not better")
    say(kept.format(encoder=encoder, folder=arguments.work / "encoder"))
    return 1
