"""``faq import`` and ``faq export``: the knowledge base from and to the files of other programs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.cli.console import add_settings_flags, add_who_flag, say, settings_of
from faq_component.errors import FaqDataError
from faq_component.exchange import Change, merge, read_exchange, write_exchange
from faq_component.knowledge.store import open_store, shown
from faq_component.knowledge.topics import Faq


def add_commands(commands: Any) -> None:
    """Register the commands."""
    bring = commands.add_parser("import", help="add the topics of Excel, CSV, TSV, JSON, Markdown or Rasa files")
    bring.add_argument(
        "files", nargs="+", metavar="FILE", help="files of any format; of Rasa the NLU data and the domain"
    )
    bring.add_argument(
        "--replace", action="store_true", help="a topic of the same id or title becomes what the files say"
    )
    bring.add_argument("--dry-run", action="store_true", help="only say what would change")
    add_who_flag(bring)
    add_settings_flags(bring, encoder=False, retriever=False, threads=False)
    bring.set_defaults(run=_import)
    send = commands.add_parser("export", help="write the knowledge base as Excel, CSV, TSV, JSON, Markdown or for Rasa")
    send.add_argument("out", help="the file; its ending tells the format. x.yml becomes x_nlu.yml and x_domain.yml")
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

    store, what = open_store(place), f"import {', '.join(file.name for file in files)}"
    new = not store.exists()
    if arguments.dry_run:
        edit(None if new else store.load())
    elif new:
        store.create(edit(None), who=arguments.who, what=what)
    else:
        store.edit(edit, who=arguments.who, what=what)
    for note in drafts.notes:
        say(f"note: {note}")
    _say_changes(f"{shown(place)} (new)" if new else shown(place), changes, dry_run=arguments.dry_run)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    place, out = settings_of(arguments).faq, Path(arguments.out)
    if out.resolve() == Path(place).resolve() or (
        out.suffix == ".json" and out.resolve().parent == Path(place).resolve()
    ):
        raise FaqDataError([f"{out}: is a file of the knowledge base itself; export to another folder"])
    faq = open_store(place).load()
    files = ", ".join(str(file) for file in write_exchange(faq, out))
    say(f"{files}: {_count(len(faq.topics), 'topic')}, {_contents(faq.topics)}")
    return 0


def _say_changes(place: str, changes: Sequence[Change], *, dry_run: bool) -> None:
    added = [change.after for change in changes if change.before is None]
    changed = [change for change in changes if change.before not in (None, change.after)]
    for topic in added:
        say(f"  + {topic.title} ({topic.id}): {_contents([topic])}")
    for change in changed:
        say(f"  ~ {change.after.title} ({change.after.id}): {_difference(change)}")
    same = len(changes) - len(added) - len(changed)
    say(
        f"{place}: {_count(len(added), 'topic')} added, {len(changed)} changed, {same} already there as "
        f"{'it is' if same == 1 else 'they are'}" + ("; nothing was written (--dry-run)" if dry_run else "")
    )


def _difference(change: Change) -> str:
    posts_in, posts_out, responses_in, responses_out = change.counts
    parts = [
        (posts_in, "post", "added"),
        (posts_out, "post", "removed"),
        (responses_in, "response", "added"),
        (responses_out, "response", "removed"),
    ]
    shown = [f"{_count(number, noun)} {verb}" for number, noun, verb in parts if number]
    if change.before and change.before.title != change.after.title:
        shown.append(f"title was {change.before.title}")
    if change.before and change.before.id != change.after.id:
        shown.append(f"id was {change.before.id}")
    return ", ".join(shown) or "other order"


def _contents(topics: Sequence[Any]) -> str:
    posts, responses = sum(len(topic.posts) for topic in topics), sum(len(topic.responses) for topic in topics)
    return f"{_count(posts, 'post')}, {_count(responses, 'response')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
