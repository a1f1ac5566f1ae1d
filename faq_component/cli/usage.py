"""``faq usage``: what was asked, in figures, and what is kept of it."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from faq_component.cli.console import OUT, add_settings_flags, say, settings_of, write_json
from faq_component.errors import UsageLogError
from faq_component.evaluation.sheets import write_rows
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store
from faq_component.language import N_, _, listed, ngettext
from faq_component.settings import Settings
from faq_component.usage.events import WORDS, iso
from faq_component.usage.figure_tables import TABLES, summary_rows
from faq_component.usage.figures import Figures, Span
from faq_component.usage.log import UsageLog, log_file
from faq_component.usage.questions import WHY_REASONS, out_of_scope_texts
from faq_component.usage.summary import DAY_COLUMNS, Summary, summarize

_HEADS = (
    N_("asked"),
    N_("answered"),
    N_("asked to clarify"),
    N_("picked"),
    N_("none"),
    N_("unknown"),
    N_("answered %"),
)
_MOST_DAYS = 36_500
_SHOWN_QUESTIONS = 3
_SHOWN_ROWS = 31


def add_commands(commands: Any) -> None:
    """Register the command and its own ones."""
    usage = commands.add_parser("usage", help=_("show what was asked and what came of it; prune deletes what is old"))
    usage.add_argument("--days", type=int, default=14, help=_("how many days to show (14)"))
    usage.add_argument("--worst", type=int, default=10, help=_("how many rated topics to show (10)"))
    usage.add_argument("--json", action="store_true", help=_("print JSON"))
    add_log_flags(usage)
    usage.set_defaults(run=_usage)
    actions = usage.add_subparsers(dest="usage_command", metavar=_("ACTION"))
    prune = actions.add_parser("prune", help=_("delete what is older than an age, except reviews"))
    prune.add_argument("--older-than", required=True, type=_age, help=_("days, weeks or years, such as 90d, 12w or 1y"))
    add_log_flags(prune)
    prune.set_defaults(run=_prune)
    figures = actions.add_parser("figures", help=_("figures of a span against the one before, and as CSV files"))
    figures.add_argument("--days", type=int, default=30, help=_("how many days, up to today (30)"))
    figures.add_argument("--channel", help=_("only what came from this channel"))
    figures.add_argument("--scope", help=_("only what was asked in this scope"))
    figures.add_argument("--csv", metavar="FOLDER", help=_("write every table as a CSV file into this folder"))
    add_log_flags(figures)
    figures.set_defaults(run=_figures)
    out = actions.add_parser(
        "out-of-scope", help=_("write the questions that reviews found out of scope, for `faq tune --out-of-scope`")
    )
    out.add_argument("file", help=_("the JSON file to write"))
    add_log_flags(out)
    out.set_defaults(run=_out_of_scope)


def add_log_flags(parser: argparse.ArgumentParser) -> None:
    """The settings' flags and that of the log."""
    parser.add_argument("--log", help=_("the log to read, instead of the one in the settings"))
    add_settings_flags(parser, retriever=False)


def log_of(arguments: argparse.Namespace, settings: Settings) -> UsageLog:
    """The log that the flags or the settings name.

    Raises:
        UsageLogError: no log is kept.
    """
    file = Path(arguments.log) if arguments.log else log_file(settings.log)
    if file is None:
        raise UsageLogError(_("no log is kept (setting 'log' is none); set it to a path, or name one with --log"))
    return UsageLog(file)


def _usage(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    log = log_of(arguments, settings)
    summary = summarize(log.events())
    if arguments.json:
        rated = [asdict(item) for item in summary.rated]
        say(json.dumps({"days": summary.days, "rated": rated}, ensure_ascii=False, indent=2))
        return 0
    if not summary.days and not summary.rated:
        say(_("{file}: the log is empty").format(file=log.file))
        return 0
    _show_days(summary, arguments.days)
    _show_words(summary, arguments.days)
    _show_rated(summary, settings, arguments.worst)
    return 0


def _show_days(summary: Summary, count: int) -> None:
    table = Table(Column(_("day"), no_wrap=True), *map(_, _HEADS))
    for day, numbers in list(summary.days.items())[-count:]:
        asked = sum(numbers[name] for name in ("answer", "clarify", "reject"))
        share = f"{100 * numbers['answer'] / asked:.0f}" if asked else ""
        table.add_row(day, str(asked), *(str(numbers[name]) for name in DAY_COLUMNS), share)
    OUT.print(table)


def _show_words(summary: Summary, count: int) -> None:
    """Show how often words that must not pass were met on these days; nothing where none were."""
    days = list(summary.days.values())[-count:]
    found = [(name, total) for name in WORDS if (total := sum(numbers[name] for numbers in days))]
    if found:
        parts = [f"{name} {total}" for name, total in found]
        say(_("words that must not pass: {counts}").format(counts=listed(parts)))


def _show_rated(summary: Summary, settings: Settings, count: int) -> None:
    if not summary.rated:
        say(_("no answer has been rated; the setting 'feedback' puts buttons for it under answers"))
        return
    by_id = open_store(settings.faq).load().by_id
    table = Table(_("topic"), _("title"), _("useful"), _("not useful"), _("why"), _("not useful to"))
    for rated in summary.rated[:count]:
        title = by_id[rated.topic].title if rated.topic in by_id else _("(gone)")
        shown = "\n".join(rated.questions[:_SHOWN_QUESTIONS])
        why = "\n".join(f"{_(WHY_REASONS[reason].value)} {count}" for reason, count in rated.why.items())
        cells = (str(rated.useful), str(rated.useless), why, escape(shown))
        table.add_row(escape(rated.topic), escape(title), *cells)
    OUT.print(table)


def _prune(arguments: argparse.Namespace) -> int:
    log = log_of(arguments, settings_of(arguments))
    before = iso(datetime.now(timezone.utc) - timedelta(days=arguments.older_than))
    count = log.prune(before)
    message = ngettext(
        "{file}: {count} event from before {date} deleted", "{file}: {count} events from before {date} deleted", count
    )
    say(message.format(file=log.file, count=count, date=before[:10]))
    return 0


def _figures(arguments: argparse.Namespace) -> int:
    settings, today = settings_of(arguments), datetime.now(timezone.utc).date()
    log, faq = log_of(arguments, settings), open_store(settings.faq).load()
    span = Span.of_days(today - timedelta(days=max(1, arguments.days) - 1), today)
    figures = Figures(log, span, channel=arguments.channel, scope=arguments.scope)
    table = Table("", _("last {count} days").format(count=arguments.days), _("in the span before"))
    for name, now, before in summary_rows(figures):
        table.add_row(name, *("–" if value is None else str(value) for value in (now, before)))
    OUT.print(table)
    for name, make in TABLES.items():
        made = make(figures, faq)
        if arguments.csv:
            file = Path(arguments.csv) / f"{name}.csv"
            write_rows(file, made.header, made.rows)
            say(f"{file}: {ngettext('{count} row', '{count} rows', len(made.rows)).format(count=len(made.rows))}")
        elif made.rows:
            shown = Table(*made.header, title=made.title)
            for row in made.rows[:_SHOWN_ROWS]:
                shown.add_row(*("–" if value is None else escape(str(value)) for value in row))
            OUT.print(shown)
    return 0


def _out_of_scope(arguments: argparse.Namespace) -> int:
    log = log_of(arguments, settings_of(arguments))
    texts = out_of_scope_texts(log.events())
    write_json(arguments.file, {"reviewed": texts})
    say(f"{arguments.file}: {counts.questions(len(texts))}")
    return 0


def _age(text: str) -> int:
    """Days of an age such as ``90d``."""
    found = re.fullmatch(r"(\d{1,5})([dwy])", text)
    if not found:
        raise argparse.ArgumentTypeError(
            _("'{text}' is no age; write days, weeks or years, such as 90d, 12w or 1y").format(text=text)
        )
    days = int(found.group(1)) * {"d": 1, "w": 7, "y": 365}[found.group(2)]
    if days > _MOST_DAYS:
        raise argparse.ArgumentTypeError(
            _("'{text}' is longer than a hundred years; write at most {most_days}d").format(
                text=text, most_days=_MOST_DAYS
            )
        )
    return days
