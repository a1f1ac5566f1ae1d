"""The command ``faq``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from faq_component.cli import (
    chat,
    data,
    distill,
    encoder,
    evaluate,
    exchange,
    fit,
    hit_test,
    lint,
    pairs,
    query,
    review,
    sample,
    serve,
    status,
    store,
    train,
    tune,
    usage,
    web,
)
from faq_component.cli.console import ERRORS, say
from faq_component.errors import FaqError

# In the order in which `faq --help` lists them.
_COMMANDS = (
    query,
    data,
    exchange,
    lint,
    status,
    store,
    review,
    usage,
    hit_test,
    evaluate,
    pairs,
    tune,
    sample,
    train,
    distill,
    fit,
    encoder,
    serve,
    chat,
    web,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 faults found, 2 wrong use or input, 130 interrupted."""
    arguments = make_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # it logs a traceback for each try
    try:
        status: int = arguments.run(arguments)
    except FaqError as error:
        say(f"faq: {error}", ERRORS)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def make_parser() -> argparse.ArgumentParser:
    """The command with all of its commands."""
    parser = argparse.ArgumentParser(prog="faq", description="Answers for a Rasa assistant, found by meaning.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in _COMMANDS:
        module.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
