"""``faq import`` and ``faq export``: the knowledge base from and to the files of other programs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.cli import counts
from faq_component.cli.console import add_settings_flags, add_who_flag, say, settings_of
from faq_component.errors import FaqDataError
from faq_component.exchange import Change, merge, read_exchange, write_exchange
from faq_component.knowledge.store import open_store, shown
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed


def add_commands(commands: Any) -> None:
    """Register the commands."""
    bring = commands.add_parser("import", help=_("add the topics of Excel, CSV, TSV, JSON, Markdown or Rasa files"))
    bring.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_("files of these formats; for Rasa, the NLU data and the domain"),
    )
    bring.add_argument(
        "--replace", action="store_true", help=_("replace a topic of the same id or title by the one in the files")
    )
    bring.add_argument("--dry-run", action="store_true", help=_("show what would change, and write nothing"))
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
    drafts = read_exchange(files)
    changes: list[Change] = []

    def edit(faq: Faq | None) -> Faq:
        merged, changes[:] = merge(faq, drafts, replace_topics=arguments.replace)
        return merged

    store, what = open_store(place), _("import {files}").format(files=", ".join(file.name for file in files))
    new = not store.exists()
    if arguments.dry_run:
        edit(None if new else store.load())
    elif new:
        store.create(edit(None), who=arguments.who, what=what)
    else:
        store.edit(edit, who=arguments.who, what=what)
    for note in drafts.notes:
        say(_("note: {note}").format(note=note))
    named = _("{place} (new)").format(place=shown(place)) if new else shown(place)
    _say_changes(named, changes, dry_run=arguments.dry_run)
    return 0


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


def _say_changes(place: str, changes: Sequence[Change], *, dry_run: bool) -> None:
    added = [change.after for change in changes if change.before is None]
    changed = [change for change in changes if change.before not in (None, change.after)]
    for topic in added:
        say(f"  + {topic.title} ({topic.id}): {counts.contents([topic])}")
    for change in changed:
        say(f"  ~ {change.after.title} ({change.after.id}): {_difference(change)}")
    same = len(changes) - len(added) - len(changed)
    if dry_run:
        message = _("{place}: {topics} added, {changed} changed, {same} unchanged; nothing was written (--dry-run)")
    else:
        message = _("{place}: {topics} added, {changed} changed, {same} unchanged")
    say(message.format(place=place, topics=counts.topics(len(added)), changed=len(changed), same=same))


def _difference(change: Change) -> str:
    posts_in, posts_out, responses_in, responses_out = change.counts
    parts = [
        (posts_in, _("{count} added"), counts.posts),
        (posts_out, _("{count} removed"), counts.posts),
        (responses_in, _("{count} added"), counts.responses),
        (responses_out, _("{count} removed"), counts.responses),
    ]
    shown = [text.format(count=count(number)) for number, text, count in parts if number]
    if change.before and change.before.title != change.after.title:
        shown.append(_("title was {title}").format(title=change.before.title))
    if change.before and change.before.id != change.after.id:
        shown.append(_("id was {id}").format(id=change.before.id))
    return listed(shown) or _("other order")
