"""``faq tune``: thresholds that suit one's own FAQ."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from rich.table import Table

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_rules import build_thresholds
from faq_component.assistant.learning import FEWEST, learn, learns
from faq_component.cli.console import OUT, add_settings_flags, progress, say, settings_of, write_json
from faq_component.decision.confidence import DEPTH
from faq_component.errors import FaqError
from faq_component.evaluation import (
    DecisionCounts,
    Query,
    count_decisions,
    count_outcomes,
    halves,
    load_queries,
    load_unknown,
    tune_thresholds,
)
from faq_component.evaluation.boldness import PRECISIONS, nearest_precision, outcomes_at, try_precisions
from faq_component.evaluation.decisions import Searched
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.usage.figure_tables import outcome_names
from faq_component.usage.figures import Span, texts_asked
from faq_component.usage.labels import labels_of
from faq_component.usage.log import UsageLog, log_file

_DAYS = 7
_MOST_TRIED = 500  # different questions


def add_commands(commands: Any) -> None:
    """Register the command."""
    tune = commands.add_parser("tune", help=_("choose thresholds on half of the questions, measure on the other half"))
    add_settings_flags(tune)
    tune.add_argument("--queries", help=_("held-out questions in the FAQ format"))
    tune.add_argument("--out-of-scope", help=_("questions that no topic answers, in the FAQ format"))
    tune.add_argument(
        "--from-log",
        action="store_true",
        help=_("show what the confidence learns from the log, judged on its latest questions"),
    )
    tune.add_argument(
        "--precisions",
        action="store_true",
        help=_("show what each target precision of answers would make of last week's questions in the log"),
    )
    tune.add_argument("--json", help=_("write the report to this file"))
    tune.set_defaults(run=_tune)


def _tune(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.precisions:
        return _precisions(settings, arguments.json)
    if arguments.from_log:
        return _learn(settings, arguments.json)
    for flag, value in (("--queries", arguments.queries), ("--out-of-scope", arguments.out_of_scope)):
        if value is None:
            raise FaqError(_("{flag} is missing; name a file of questions, or take --from-log").format(flag=flag))
    faq = open_store(settings.faq).load(responses_required=False)
    known = halves(load_queries(arguments.queries, faq))
    unknown = halves(load_unknown(arguments.out_of_scope))
    for path, parts in ((arguments.queries, known), (arguments.out_of_scope, unknown)):
        if not all(parts):
            raise FaqError(
                _("{path} holds 1 question; it must hold at least 2, one to choose on and one to measure on").format(
                    path=path
                )
            )
    assistant = Assistant.over(faq, settings)
    dev = _search_all(assistant, [*known[0], *unknown[0]], _("dev half"))
    test = _search_all(assistant, [*known[1], *unknown[1]], _("test half"))
    chosen = tune_thresholds(dev, progress(_("choosing")))
    rows = {
        _("chosen on dev"): count_decisions(test, chosen),
        _("default thresholds"): count_decisions(test, build_thresholds(settings, faq)),
        _("as configured"): count_outcomes((query, assistant.decide(query.text).decision) for query, _hits in test),
    }
    table = Table(
        _("on the test half"),
        _("correct"),
        _("incorrect"),
        _("asked to clarify"),
        _("rejected"),
        _("unknown, answered"),
        _("unknown, asked to clarify"),
    )
    for name, counts in rows.items():
        table.add_row(name, *_shares(counts))
    say(
        _("chosen: answer {answer}, clarify {clarify}, margin {margin}").format(
            answer=chosen.answer, clarify=chosen.clarify, margin=chosen.margin
        )
    )
    OUT.print(table)
    if arguments.json:
        write_json(
            arguments.json,
            {
                "retriever": settings.retriever,
                "thresholds": {"answer": chosen.answer, "clarify": chosen.clarify, "margin": chosen.margin},
                "dev": vars(count_decisions(dev, chosen)),
                "test": vars(count_decisions(test, chosen)),
            },
        )
    return 0


def _learn(settings: Settings, report: str | None) -> int:
    """Show what would be learned from the log now; the running bot learns it by itself."""
    file = log_file(settings.log)
    if file is None:
        raise FaqError(_("no log is kept, so there is nothing to learn from; set 'log' to a file"))
    labels = labels_of(UsageLog(file).events())
    assistant = Assistant.over(open_store(settings.faq).load(responses_required=False), settings)
    knowledge = assistant.knowledge
    if not knowledge.rule.is_calibrated:
        raise FaqError(_("the settings decide by thresholds on the score, and learning moves a confidence"))
    shown = progress(_("labelled questions"))(labels)
    precision = settings.answer_precision
    found = learn(knowledge.rule, knowledge.search, shown, precision, asked=knowledge.asked)
    if found is None:
        say(
            _(
                "{file} says of {count} questions which topic they have; learning needs {fewest} that no post says "
                "literally. Choices after a clarifying question, ratings and reviews add to them"
            ).format(file=file, count=len(labels), fewest=FEWEST)
        )
        return 1
    table = Table(_("on the {count} latest questions").format(count=found.later), _("answered"), _("correct"))
    for name, answers in ((_("as it is without the log"), found.before), (_("as learned"), found.after)):
        table.add_row(name, str(answers.answered), f"{answers.right} ({answers.precision:.3f})")
    OUT.print(table)
    say(
        _("{count} questions of {file} move the confidence: logit * {slope:.2f} {offset:+.2f}").format(
            count=found.labels - found.later, file=file, slope=found.shift.slope, offset=found.shift.offset
        )
    )
    if not found.used:
        message = _("it is not used: the latest questions would be answered less correctly than {wanted} asks")
        say(message.format(wanted=settings.answer_precision))
    elif learns(settings):
        say(_("the running bot uses this within ten minutes"))
    elif settings.scope:
        say(_("it is not used: with the setting 'scope', the log does not say which topics a question could find"))
    else:
        say(_("it is not used: set 'learn' to true"))
    if report:
        values = {"labels": found.labels, "later": found.later, "used": found.used, "shift": vars(found.shift)}
        write_json(report, {**values, "before": vars(found.before), "after": vars(found.after)})
    return 0


def _precisions(settings: Settings, report: str | None) -> int:
    """Show what would be answered, asked and rejected at each target precision."""
    file = log_file(settings.log)
    if file is None:
        raise FaqError(_("no log is kept, so there is nothing to try; set 'log' to a file"))
    questions = texts_asked(UsageLog(file), Span.last(_DAYS, datetime.now(timezone.utc)), _MOST_TRIED)
    if not questions:
        raise FaqError(_("{file}: nobody asked anything in the last {days} days").format(file=file, days=_DAYS))
    assistant = Assistant.over(open_store(settings.faq).load(), settings)
    tried = try_precisions(assistant, questions, progress(_("questions of the log")))
    if not tried:
        raise FaqError(_("the settings decide by thresholds on the score, which a target precision does not move"))
    names = outcome_names()
    table = Table(_("target precision"), *names.values())
    for precision in PRECISIONS:
        counts = outcomes_at(tried, precision)
        is_now = precision == nearest_precision(settings.answer_precision)
        table.add_row(f"{precision:.2f}{' *' if is_now else ''}", *(str(counts[name]) for name in names))
    OUT.print(table)
    say(_("* as it is now; `answer_precision` at FaqRecall in config.yml sets another"))
    if report:
        write_json(report, {f"{one:.2f}": dict(outcomes_at(tried, one)) for one in PRECISIONS})
    return 0


def _search_all(assistant: Assistant, queries: Sequence[Query], text: str) -> list[Searched]:
    depth = max(assistant.settings.top_k, DEPTH)
    return [(query, assistant.search(query.text, depth)) for query in progress(text)(queries)]


def _shares(counts: DecisionCounts) -> list[str]:
    asked = counts.clarified + counts.clarified_without_topic
    known = [counts.right, counts.wrong, asked, counts.rejected]
    unknown = [counts.unknown_answered, counts.unknown_clarified]
    return [f"{n / counts.known:.3f}" for n in known] + [f"{n / counts.unknown:.3f}" for n in unknown]
