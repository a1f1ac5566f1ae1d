"""The words of argparse, which every command says: in the catalogue like our own."""

from __future__ import annotations

import argparse
import re
from typing import Any

from rich.text import Text

from faq_component.cli.console import OUT
from faq_component.language import N_, _, ngettext


def translate_argparse() -> None:
    """Have argparse look its messages up in our catalogue.

    It asks gettext's global domain, whose language only `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` and `LANG` choose.
    """
    for name, ours in (("_", _), ("ngettext", ngettext)):
        setattr(argparse, name, ours)
    setattr(argparse.ArgumentError, "__str__", _error_text)  # noqa: B010 - Python 3.10 does not look this one up


# Marked for extraction: argparse of Python 3.10 to 3.12.
MESSAGES = (
    N_("%(heading)s:"),
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("subcommands"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("unrecognized arguments: %s"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("unexpected option string: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
    N_("can't open '%(filename)s': %(error)s"),
)


# What argparse may take for a flag: also one that is misspelt, or has its value behind it.
_FLAG = re.compile(r"-(-?[A-Za-z][!-~]*(=.*)?|-?)$", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser whose help is wrapped by the columns that characters take, of which Chinese ones take two."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **given})

    def _parse_optional(self, arg_string: str) -> Any:
        """Take a text that begins with a dash, such as -5度能用吗, for an argument: no flag is written so."""
        return super()._parse_optional(arg_string) if _FLAG.match(arg_string) else None


class _Formatter(argparse.HelpFormatter):
    def _split_lines(self, text: str, width: int) -> list[str]:
        lines = Text(" ".join(text.split())).wrap(OUT, width)
        return [line.plain.rstrip() for line in lines]

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width - len(indent)))


def _error_text(error: argparse.ArgumentError) -> str:
    if error.argument_name is None:
        return error.message
    return _("argument {name}: {message}").format(name=error.argument_name, message=error.message)


def _plural(count: int) -> str:
    return ngettext("expected %s argument", "expected %s arguments", count)
