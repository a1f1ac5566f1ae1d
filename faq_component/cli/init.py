"""``faq init``: the FAQ added to a Rasa project, taken back, or a new project."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from faq_component.cli.console import say
from faq_component.cli.doctor import project_here
from faq_component.errors import FaqError
from faq_component.language import _, language
from faq_component.project.additions import additions
from faq_component.project.changes import difference, make, undo
from faq_component.project.new_project import new_project


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "init",
        help=_("add the FAQ to the Rasa project in this folder, or make a new project"),
        description=_(
            "Shows what would change, and asks. Comments and the form of the files stay; --undo takes the change back."
        ),
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--new", metavar="DIR", help=_("make a new project with an FAQ of five topics there"))
    what.add_argument("--undo", action="store_true", help=_("take back what `faq init` changed here"))
    parser.add_argument(
        "--faq", default="faq", help=_("where the project's FAQ is, or is to be (default: %(default)s)")
    )
    parser.add_argument(
        "--language", choices=("zh", "en"), help=_("language of a new project (default: that of `faq`)")
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    parser.set_defaults(run=_init)


def _init(arguments: argparse.Namespace) -> int:
    if arguments.new:
        return _new(Path(arguments.new), arguments.language or language())
    if arguments.undo:
        return _undo()
    return _add(arguments.faq, ask=not arguments.yes)


def _add(faq: str, *, ask: bool) -> int:
    project = project_here()
    texts = additions(project, faq)
    if not texts:
        say(_("Nothing is to be added; `faq doctor` finds what else may be wrong."))
        return 0
    for line in difference(project.folder, texts):
        say(line)
    if ask and not _agreed():
        say(_("Nothing was changed."))
        return 0
    make(project.folder, texts)
    say(_("Written. `faq init --undo` takes it back; `faq doctor` finds what else may be wrong."))
    say(_("Next: `rasa train`; then `rasa run actions` and, in another terminal, `rasa shell`."))
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise FaqError(_("nobody can be asked here, and nothing was changed; add --yes to write the changes above"))
    try:
        return input(_("Write these changes? [y/N] ")).strip().lower() in ("y", "yes", "是", "好")
    except EOFError:
        return False


def _undo() -> int:
    taken = undo(Path())
    for name in taken.restored:
        say(_("{file}: as it was").format(file=name))
    for name in taken.removed:
        say(_("{file}: removed").format(file=name))
    for name in taken.left:
        say(_("{file}: left, since it was edited after `faq init`; take the change back by hand").format(file=name))
    return int(bool(taken.left))


def _new(folder: Path, language_: str) -> int:
    for file in new_project(folder, language_):
        say(str(file))
    say(
        _("Next: `cd {folder}`, `rasa train`; then `rasa run actions` and, in another terminal, `rasa shell`.").format(
            folder=folder
        )
    )
    return 0
