"""``faq fit``: fine-tune the encoder on one's own topics, and keep it where it is better."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from faq_component.cli.console import add_settings_flags, say, settings_of
from faq_component.cli.train import add_training_flags, training_settings
from faq_component.evaluation.queries import load_queries
from faq_component.knowledge.store import open_store


def add_commands(commands: Any) -> None:
    """Register the command."""
    fit = commands.add_parser("fit", help="fit the encoder to your own topics; replaces it only by a better one")
    fit.add_argument("--work", type=Path, default=Path(".faq/fit"), help="folder for what is in between")
    fit.add_argument(
        "--queries",
        help="users' questions in the FAQ format: half of them choose and the other half compares, in place of posts",
    )
    fit.add_argument("--base", help="checkpoint to begin with; without one, the encoder in use")
    fit.add_argument(
        "--thorough",
        action=argparse.BooleanOptionalAction,
        help="train a teacher of 12 layers and distil it (default: where there is a GPU)",
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
    encoder = Path(settings.encoder)
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
    asked = "users' questions" if arguments.queries else "posts held out"
    say(
        f"hit@1 on {report.queries:,} {asked}: {report.old:.4f} before, {report.new:.4f} now, difference "
        f"{report.difference}, p {report.p_value:.3f}; {report.minutes:.0f} minutes since the last start"
    )
    if report.placed:
        previous = arguments.work / "previous"
        say(f"{encoder} is the new encoder now, the old one is in {previous}")
        if not arguments.queries:
            say("do users' questions gain too? Where you have some, fit with --queries FILE, which decides by them")
        return 0
    say(f"{encoder} was kept: the new one is not better; it is in {arguments.work / 'encoder'}")
    return 1
