"""``faq hit-test``: what many questions would get, written into a table, and what has changed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from faq_component.assistant.assistant import Assistant
from faq_component.cli.console import OUT, add_settings_flags, login_name, progress, say, settings_of
from faq_component.errors import FaqError
from faq_component.evaluation.question_table import (
    AGAINST,
    BEFORE,
    CHANGE,
    CONFIDENCE,
    HEADER,
    QUESTION,
    RESULT,
    SECOND,
    VERDICT,
    HitResult,
    TableQuestion,
    compare,
    read_questions,
    read_results,
    run_hit_test,
    summarise,
)
from faq_component.evaluation.sheets import WRITTEN, write_rows
from faq_component.evaluation.test_sets.runs import SetRun, SetRuns, ask
from faq_component.evaluation.test_sets.sets import QuestionSet, QuestionSets
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store, shown
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _, listed
from faq_component.settings import Settings

LAST = "last"


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser("hit-test", help=_("what each question of a table would get, and what has changed"))
    parser.add_argument(
        "questions",
        nargs="?",
        help=_(
            "an .xlsx, .csv, .tsv or .txt file: one question per row; or the name of a test set, whose run is kept; "
            "without either, the test sets are listed"
        ),
    )
    parser.add_argument("--out", help=_("write the table to this .xlsx, .csv or .tsv file"))
    parser.add_argument(
        "--against",
        metavar="OLD",
        help=_(
            "what to compare with: a table that --out wrote, another knowledge base, or last: the last run of the set"
        ),
    )
    add_settings_flags(parser)
    parser.set_defaults(run=_hit_test)


def _hit_test(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.questions is None:
        return _list_sets(settings)
    if arguments.out and Path(arguments.out).suffix.lower() not in WRITTEN:
        raise FaqError(
            _("--out is '{out}'; give a name that ends in {endings}").format(
                out=arguments.out, endings=", ".join(WRITTEN)
            )
        )
    faq = open_store(settings.faq).load()
    name = arguments.questions if QuestionSets(settings).has(arguments.questions) else ""
    questions = _questions(arguments.questions, settings, faq)
    last = SetRuns(settings).last(name) if name else None
    before = _before(arguments.against, settings, questions, last) if arguments.against else None
    run = ask(
        QuestionSet(name or arguments.questions, tuple(questions)),
        Assistant.over(faq, settings),
        who=login_name(),
        track=progress(shown(settings.faq)),
    )
    if name:
        SetRuns(settings).keep(run)
    results: Sequence[HitResult] = run.results
    if before is not None:
        results = compare(results, before)
    against = before is not None
    if arguments.out:
        header = (*HEADER, *AGAINST) if against else HEADER
        try:
            write_rows(arguments.out, [_(name) for name in header], [result.row(against=against) for result in results])
        except FaqError:
            OUT.print(_table(results, against=against))
            raise
    shown_results = [result for result in results if result.change] if against else results
    if shown_results and (against or not arguments.out):
        OUT.print(_table(shown_results, against=against))
    for line in [*summarise(results), *run.measures.lines]:
        say(line)
    return 0


def _list_sets(settings: Settings) -> int:
    """List the test sets, each with its last run."""
    sets, runs = QuestionSets(settings), SetRuns(settings)
    if not sets.names():
        say(_("{folder}: there is no test set yet; put a table of questions there").format(folder=sets.folder))
    faq = open_store(settings.faq).load()
    for name in sets.names():
        count, last = counts.questions(len(sets.read(name, faq).questions)), runs.last(name)
        when = _("last asked {time}").format(time=last.time[:16]) if last else _("not asked yet")
        say(listed([f"{name}: {count}", when, *(last.measures.lines if last else [])]))
    return 0


def _questions(named: str, settings: Settings, faq: Faq) -> Sequence[TableQuestion]:
    """The questions of a test set, or of a table."""
    sets = QuestionSets(settings)
    if sets.has(named) or (not Path(named).suffix and not Path(named).exists()):
        return sets.read(named, faq).questions
    return read_questions(named, faq)


def _before(
    against: str, settings: Settings, questions: Sequence[TableQuestion], last: SetRun | None
) -> Sequence[HitResult]:
    """The older results: of the set's last run, of a table, or of another knowledge base asked the same."""
    if against == LAST:
        if last is None:
            raise FaqError(_("there is no run to compare with yet; run the test set without --against first"))
        return last.results
    if Path(against).suffix.lower() in WRITTEN:
        return read_results(against)
    # Not where the live FAQ is: a server keeps few versions of one.
    other = settings.override(
        faq=against,
        milvus_collection=f"{settings.milvus_collection}_against",
        elasticsearch_index=f"{settings.elasticsearch_index}-against",
    )
    return run_hit_test(other, open_store(against).load(), questions, progress(shown(against)))


def _table(results: Sequence[HitResult], *, against: bool) -> Table:
    names = (QUESTION, BEFORE, N_("now"), CHANGE) if against else (QUESTION, RESULT, CONFIDENCE, SECOND, VERDICT)
    table = Table(*map(_, names))
    for result in results:
        cells = [result.question, result.summary, f"{result.confidence:.2f}", result.second, _(result.verdict)]
        if against:
            cells = [result.question, result.before or "", result.summary, _(result.change)]
        table.add_row(*map(Text, cells))
    return table
