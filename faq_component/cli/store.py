"""``faq copy``, ``faq history``, ``faq diff`` and ``faq undo``: files and databases, and their history."""

from __future__ import annotations

import argparse
from typing import Any

from rich.markup import escape
from rich.table import Table

from faq_component.cli.console import OUT, add_settings_flags, add_who_flag, say, settings_of
from faq_component.errors import SettingsError
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store, shown
from faq_component.language import _


def add_commands(commands: Any) -> None:
    """Register the commands."""
    copy = commands.add_parser("copy", help=_("copy a knowledge base between files and databases"))
    copy.add_argument("source", metavar="FROM", help=_("a JSON file, a folder, or the URL of a database"))
    copy.add_argument(
        "target",
        metavar="TO",
        help=_("a JSON file, a folder, or the URL of a database; a folder gets one file, faq.json"),
    )
    copy.add_argument("--replace", action="store_true", help=_("replace the knowledge base that is there"))
    add_who_flag(copy)
    copy.set_defaults(run=_copy)
    history = commands.add_parser("history", help=_("who did what to the knowledge base, and when"))
    history.add_argument("--limit", type=int, default=20, help=_("how many versions, from the newest (default: 20)"))
    add_settings_flags(history, encoder=False, retriever=False, threads=False)
    history.set_defaults(run=_history)
    diff = commands.add_parser("diff", help=_("what the last edit changed, or what differs between two versions"))
    diff.add_argument("before", nargs="?", type=int, metavar="VERSION", help=_("default: the one before the newest"))
    diff.add_argument("after", nargs="?", type=int, metavar="VERSION", help=_("default: the newest"))
    add_settings_flags(diff, encoder=False, retriever=False, threads=False)
    diff.set_defaults(run=_diff)
    undo = commands.add_parser("undo", help=_("bring back the version before the last edit, or an older one"))
    undo.add_argument("--to", type=int, metavar="VERSION", help=_("the version to bring back"))
    add_who_flag(undo)
    add_settings_flags(undo, encoder=False, retriever=False, threads=False)
    undo.set_defaults(run=_undo)


def _copy(arguments: argparse.Namespace) -> int:
    source, target = shown(arguments.source), shown(arguments.target)
    faq = open_store(arguments.source).load()
    store = open_store(arguments.target)
    what = _("copied from {source}").format(source=source)
    if not store.exists():
        store.create(faq, who=arguments.who, what=what)
    elif arguments.replace:
        store.edit(lambda _old: faq, who=arguments.who, what=what)
    else:
        raise SettingsError(_("{target}: there is an FAQ already; --replace replaces it").format(target=target))
    say(
        _("{target}: {topics}, {contents}, copied from {source}").format(
            target=target,
            topics=counts.topics(len(faq.topics)),
            contents=counts.contents(faq.topics),
            source=source,
        )
    )
    return 0


def _history(arguments: argparse.Namespace) -> int:
    if arguments.limit < 1:
        raise SettingsError(_("--limit is {limit}; it must be at least 1").format(limit=arguments.limit))
    versions = open_store(settings_of(arguments).faq).history(limit=arguments.limit)
    table = Table(_("version"), _("when"), _("who"), _("what"), _("topics"), _("posts"), _("responses"))
    table.columns[1].no_wrap = True
    for item in versions:
        when = item.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        counts = (item.topics, item.posts, item.responses)
        table.add_row(str(item.number), when, escape(item.who), escape(item.what), *map(str, counts))
    OUT.print(table)
    older = versions[-1].number - 1
    if older:
        say(_("{count} older: --limit {number} shows all").format(count=older, number=versions[0].number))
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    store = open_store(settings_of(arguments).faq)
    newest = store.history(limit=1)[0].number
    after = newest if arguments.after is None else arguments.after
    before = max(newest - 1, 1) if arguments.before is None else arguments.before
    difference = store.diff(before, after)
    say(
        _("version {before} to {after}: {topics}, {posts}, {responses}").format(
            before=before,
            after=after,
            topics=counts.topics(len(difference.topics)),
            posts=counts.posts(difference.posts),
            responses=counts.responses(difference.responses),
        )
    )
    for line in difference.lines():
        say(line)
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    place = settings_of(arguments).faq
    done = open_store(place).undo(who=arguments.who, to=arguments.to)
    if done is None:
        say(_("{place}: nothing to do; the knowledge base is as it was in that version").format(place=shown(place)))
        return 0
    say(
        _("{place}: version {number}, {what}: {topics} changed; `faq undo` takes it back").format(
            place=shown(place), number=done.number, what=done.what, topics=counts.topics(done.topics)
        )
    )
    return 0
