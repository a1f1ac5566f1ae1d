"""The command ``faq``."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import sys
from collections.abc import Sequence

from faq_component.cli.console import ERRORS, say
from faq_component.cli.words import Parser, translate_argparse
from faq_component.errors import FaqError
from faq_component.language import _, choose_language
from faq_component.settings import load_settings
from faq_component.support.clean_logs import clean_logs

# The commands of each module, in the order in which `faq --help` lists them.
_COMMANDS = {
    "init": ("init",),
    "doctor": ("doctor",),
    "query": ("search", "ask"),
    "data": ("check", "ids", "overlap", "nlu-test"),
    "exchange": ("import", "export"),
    "lint": ("lint",),
    "status": ("status",),
    "store": ("copy", "history", "diff", "undo"),
    "review": ("review",),
    "usage": ("usage",),
    "hit_test": ("hit-test",),
    "evaluate": ("evaluate",),
    "pairs": ("evaluate-pairs",),
    "tune": ("tune",),
    "sample": ("sample", "clean"),
    "train": ("train",),
    "distill": ("distill",),
    "fit": ("fit",),
    "encoder": ("encoder",),
    "serve": ("serve",),
    "chat": ("chat",),
    "web": ("web",),
    "studio": ("studio",),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 faults found, 2 wrong use or input, 130 interrupted."""
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        choose_language()
    except ValueError as error:
        say(f"faq: {error}", ERRORS)
        return 2
    with contextlib.suppress(FaqError):  # a command that needs the settings reports it
        load_settings(_config(given))
    translate_argparse()
    arguments = make_parser(given[0] if given else None).parse_args(given)
    clean_logs()
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


def make_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The command with all of its commands, or with the module of one: to import all takes most of a second."""
    parser = Parser(prog="faq", description=_("Answers for a Rasa assistant, found by meaning."))
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    one = [module for module, names in _COMMANDS.items() if command in names]
    for module in one or _COMMANDS:
        importlib.import_module(f"{__name__}.{module}").add_commands(commands)
    return parser


def _config(given: Sequence[str]) -> str:
    """The configuration that a command line names: the help of its commands is already in the language of it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config", nargs="?", default="config.yml")
    return parser.parse_known_args(given)[0].config or "config.yml"


if __name__ == "__main__":
    sys.exit(main())
