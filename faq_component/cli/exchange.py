"""``faq import`` and ``faq export``: the knowledge base from and to the files of other programs."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from faq_component.cli.console import ERRORS, add_settings_flags, add_who_flag, progress, say, settings_of, waiting
from faq_component.errors import FaqDataError, SettingsError
from faq_component.exchange import Choices, Drafts, Mode, merge, read_exchange, write_exchange
from faq_component.exchange.columns import Kind, heading_key, kind_of
from faq_component.exchange.merge import planned_edit
from faq_component.exchange.report import lines, total
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store, shown
from faq_component.language import _, listed, ngettext

_NOT_READ = ("ignore", "忽略")


def add_commands(commands: Any) -> None:
    """Register the commands."""
    bring = commands.add_parser("import", help=_("add the topics of Excel, CSV, TSV, JSON, Markdown or Rasa files"))
    bring.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_("files of these formats; for Rasa, the NLU data and the domain"),
    )
    existing = bring.add_mutually_exclusive_group()
    existing.add_argument(
        "--replace", action="store_true", help=_("replace a topic of the same id or title by the one in the files")
    )
    existing.add_argument(
        "--mirror",
        action="store_true",
        help=_("make the knowledge base what the files say: topics that are not in them go, after a question"),
    )
    bring.add_argument(
        "--columns",
        nargs="+",
        metavar="KIND=HEADING",
        default=[],
        help=_("what the columns of a table are, for headings that are not known"),
    )
    bring.add_argument(
        "--sheet",
        action="append",
        metavar="NAME",
        default=[],
        help=_("read this sheet of a workbook, also where it is hidden, instead of all that are visible"),
    )
    bring.add_argument(
        "--intent",
        action="append",
        metavar="NAME",
        default=[],
        help=_("read this intent of Rasa's files, or those of a pattern ('faq_*'), instead of every retrieval intent"),
    )
    bring.add_argument("--dry-run", action="store_true", help=_("show what would change, and write nothing"))
    bring.add_argument("--yes", action="store_true", help=_("remove topics without asking (--mirror)"))
    bring.add_argument("--all", action="store_true", help=_("list every change, not two of each kind"))
    add_who_flag(bring)
    add_settings_flags(bring, encoder=False, retriever=False, threads=False)
    bring.set_defaults(run=_import)
    send = commands.add_parser(
        "export", help=_("write the knowledge base as Excel, CSV, TSV, JSON, Markdown or for Rasa")
    )
    send.add_argument("out", help=_("the file; its ending tells the format. x.yml becomes x_nlu.yml and x_domain.yml"))
    add_settings_flags(send, encoder=False, retriever=False, threads=False)
    send.set_defaults(run=_export)


def _import(arguments: argparse.Namespace) -> int:
    place = settings_of(arguments).faq
    files = [Path(file) for file in arguments.files]
    mode = Mode.MIRROR if arguments.mirror else Mode.REPLACE if arguments.replace else Mode.ADD
    choices = Choices(
        columns=_columns(arguments.columns),
        sheets=arguments.sheet,
        intents=arguments.intent,
        track=progress(_("reading {file}").format(file=listed([f.name for f in files]))),
    )
    drafts = read_exchange(files, choices)
    store, what = open_store(place), _("import {files}").format(files=", ".join(file.name for file in files))
    new = not store.exists()
    named = _("{place} (new)").format(place=shown(place)) if new else shown(place)
    with _notes_before_faults(drafts), waiting(_("comparing")):
        faq = None if new else store.load()
        plan = merge(faq, drafts, mode)
    for line in lines(plan, drafts, everything=arguments.all):
        say(line)
    if not arguments.dry_run:
        if plan.removed and not arguments.yes:
            _confirm(len(plan.removed), named)
        with waiting(_("writing {place}").format(place=shown(place))):
            if new:
                store.create(plan.faq, who=arguments.who, what=what)
            else:
                store.edit(planned_edit(plan, faq, drafts, mode), who=arguments.who, what=what)
    say(total(named, plan, dry_run=arguments.dry_run))
    return 0


def _confirm(count: int, place: str) -> None:
    """Ask whether topics may go.

    Raises:
        SettingsError: nobody is there to answer, or the answer is no.
    """
    question = ngettext(
        "{count:,} topic of {place} is not in the files and goes. Go on? [y/N] ",
        "{count:,} topics of {place} are not in the files and go. Go on? [y/N] ",
        count,
    ).format(count=count, place=place)
    if not sys.stdin.isatty():
        message = ngettext(
            "{count:,} topic would go, and there is no terminal to ask; --yes removes it, --dry-run shows it",
            "{count:,} topics would go, and there is no terminal to ask; --yes removes them, --dry-run shows them",
            count,
        )
        raise SettingsError(message.format(count=count))
    if ERRORS.input(question, markup=False).strip().lower() not in ("y", "yes", "是", "好"):
        raise SettingsError(_("nothing was written"))


@contextlib.contextmanager
def _notes_before_faults(drafts: Drafts) -> Iterator[None]:
    """Print the notes also where there is a fault, as they may explain it."""
    try:
        yield
    except FaqDataError:
        for note in drafts.notes:
            say(_("note: {note}").format(note=note), ERRORS)
        raise


def _columns(texts: Sequence[str]) -> dict[str, Kind | None]:
    """What ``--columns`` says; None for a column that is not to be read.

    Raises:
        SettingsError: one of its texts is not of the form, or names a kind that is not known.
    """
    found: dict[str, Kind | None] = {}
    for text in texts:
        name, equals, heading = text.partition("=")
        if heading_key(name) in _NOT_READ and heading_key(heading):
            found[heading_key(heading)] = None
            continue
        kind = kind_of(name) if equals and heading_key(heading) else None
        if kind is None:
            known = listed([*(each.heading for each in Kind), _("ignore")])
            message = _("--columns: '{text}' is not KIND=HEADING; write one of {kinds}, an = and a heading of the file")
            if not equals:
                message = _("--columns: '{text}' is not KIND=HEADING; write the files before --columns")
            raise SettingsError(message.format(text=text, kinds=known))
        found[heading_key(heading)] = kind
    return found


def _export(arguments: argparse.Namespace) -> int:
    place, out = settings_of(arguments).faq, Path(arguments.out)
    if out.resolve() == Path(place).resolve() or (
        out.suffix == ".json" and out.resolve().parent == Path(place).resolve()
    ):
        raise FaqDataError(
            [_("{out}: is a file of the knowledge base itself; export to another folder").format(out=out)]
        )
    faq = open_store(place).load()
    files = ", ".join(str(file) for file in write_exchange(faq, out))
    say(f"{files}: {listed((counts.topics(len(faq.topics)), counts.contents(faq.topics)))}")
    return 0
