"""``faq evaluate``: which way of recall is best on one's own FAQ."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_rules import build_precision
from faq_component.cli.console import ERRORS, OUT, add_settings_flags, progress, say, settings_of, write_json
from faq_component.errors import FaqDataError, FaqError
from faq_component.evaluation import hold_out, leave_one_out, load_queries, load_unknown
from faq_component.evaluation.page import to_html
from faq_component.evaluation.paired import compare_retrievers
from faq_component.evaluation.report import METRICS, compare_with, to_json, to_markdown
from faq_component.evaluation.results import DataSetResults, Split, search_all
from faq_component.knowledge import counts
from faq_component.knowledge.store import open_store, shown
from faq_component.language import _
from faq_component.retrieval.question import Question
from faq_component.settings import RETRIEVERS, SERVERS, Settings
from faq_component.support.files import write_named

_COMPARED = ("keyword", "dense", "rrf", "hybrid")


def add_commands(commands: Any) -> None:
    """Register the command."""
    evaluate = commands.add_parser(
        "evaluate", help=_("hit@k, MRR and time of retrievers on questions with known topics")
    )
    add_settings_flags(evaluate, retriever=False)
    evaluate.add_argument("--queries", help=_("held-out questions in the FAQ format; without it, posts are held out"))
    evaluate.add_argument(
        "--data-set",
        action="append",
        metavar="NAME=CORPUS[,QUERIES]",
        help=_("another corpus and questions, in place of --faq and --queries; may be repeated"),
    )
    evaluate.add_argument(
        "--split",
        choices=("tenth", "leave-one-out"),
        default="tenth",
        help=_("which posts are held out without --queries: a tenth of each topic, or each in turn"),
    )
    evaluate.add_argument("--seed", type=int, default=0, help=_("seed of the posts that are held out"))
    evaluate.add_argument("--out-of-scope", help=_("questions that no topic answers, for the plots of scores"))
    evaluate.add_argument(
        "--retriever", action="append", choices=RETRIEVERS, help=_("retriever to measure; may be repeated")
    )
    evaluate.add_argument("--json", help=_("write the report to this file, with what came first for each question"))
    evaluate.add_argument("--markdown", help=_("write the tables to this file"))
    evaluate.add_argument("--report", help=_("write a page with plots and confused topics to this HTML file"))
    evaluate.add_argument("--compare", help=_("an older report (--json): print what changed, question by question"))
    evaluate.set_defaults(run=_evaluate)


def _evaluate(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    older = _read_json(arguments.compare) if arguments.compare else None
    names = list(dict.fromkeys(arguments.retriever or _COMPARED))
    data_sets = [
        _measure(name, corpus, queries, arguments, settings, names)
        for name, corpus, queries in _named_files(arguments, settings)
    ]
    for data_set in data_sets:
        _print(data_set)
    changes = list(compare_with(older, data_sets)) if older is not None else []
    for line in changes:
        say(line)
    if arguments.json:
        write_json(arguments.json, to_json(data_sets))
    if arguments.markdown:
        write_named(Path(arguments.markdown), to_markdown(data_sets).encode())
    if arguments.report:
        write_named(Path(arguments.report), to_html(data_sets, changes).encode())
    return 0


def _named_files(arguments: argparse.Namespace, settings: Settings) -> list[tuple[str, str, str | None]]:
    """Name, corpus and questions of each data set."""
    if not arguments.data_set:
        return [(Path(settings.faq).stem, settings.faq, arguments.queries)]
    named = []
    for text in arguments.data_set:
        name, equals, files = text.partition("=")
        corpus, _comma, queries = files.partition(",")
        if not (name and equals and corpus):
            raise FaqError(_("--data-set is '{text}'; it must be NAME=CORPUS or NAME=CORPUS,QUERIES").format(text=text))
        named.append((name, corpus, queries or None))
    return named


def _measure(
    name: str,
    corpus: str,
    queries: str | None,
    arguments: argparse.Namespace,
    settings: Settings,
    retrievers: Sequence[str],
) -> DataSetResults:
    faq = open_store(corpus).load(responses_required=False)
    splits: list[Split] = [(faq, load_queries(queries, faq))] if queries else []
    if not queries:
        tenth = arguments.split == "tenth"
        splits = [hold_out(faq, seed=arguments.seed)] if tenth else [*leave_one_out(faq, seed=arguments.seed)]
    if not any(asked for _faq, asked in splits):
        raise FaqError(
            _("{corpus}: there is no question to measure with; give --queries, or topics of at least 6 posts").format(
                corpus=shown(corpus)
            )
        )
    unknown: list[Split] = [(faq, load_unknown(arguments.out_of_scope))] if arguments.out_of_scope else []
    results = {}
    for retriever in retrievers:
        # Not where the live FAQ is: a server keeps few versions of one, and a measurement builds others.
        elsewhere = settings.override(
            retriever=retriever,
            milvus_collection=f"{settings.milvus_collection}_evaluate",
            elasticsearch_index=f"{settings.elasticsearch_index}-evaluate",
        )
        build = partial(Assistant.over, settings=elsewhere)
        track = progress(f"{name}: {retriever}")
        results[retriever] = search_all(build, splits, track), search_all(build, unknown, track)
    last = settings.override(retriever=retrievers[-1])
    # Over several splits the confidence would be fitted on questions of the others.
    calibrated = arguments.report and last.retriever not in SERVERS and len(splits) == 1
    precision = build_precision(last, splits[0][0]) if calibrated else None
    return DataSetResults(
        name,
        {topic.id: topic.title for topic in faq.topics},
        sum(len(topic.posts) for topic in splits[0][0].topics),
        {retriever: known for retriever, (known, _unknown) in results.items()},
        {retriever: without for retriever, (_known, without) in results.items()},
        (lambda text, hits: precision.probability(Question(text), hits)) if precision else None,
    )


def _print(data_set: DataSetResults) -> None:
    say(
        _("{name}: {questions}, {posts}").format(
            name=data_set.name,
            questions=counts.questions(len(next(iter(data_set.known.values())))),
            posts=counts.posts(data_set.posts),
        )
    )
    table = Table(_("retriever"), *METRICS, _("ms/query"))
    for name in data_set.known:
        report = data_set.report(name)
        table.add_row(name, *(str(report.metrics[metric]) for metric in METRICS), f"{report.median_ms:.1f}")
    OUT.print(table)
    *others, last = data_set.known
    for other in others:
        test = compare_retrievers(dict(data_set.known), last, other)
        say(
            _(
                "{first} minus {second}, hit@1: {difference:+.4f} [{low:+.4f}, {high:+.4f}], p = {p:.2g}; "
                "only {first} correct: {first_won}, only {second} correct: {second_won}"
            ).format(
                first=last,
                second=other,
                difference=test.difference.value,
                low=test.difference.low,
                high=test.difference.high,
                p=test.p_value,
                first_won=len(test.first_won),
                second_won=len(test.second_won),
            )
        )


def _read_json(path: str) -> Any:
    try:
        with ERRORS.status(_("reading {path}").format(path=path)):
            return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FaqDataError(
            [_("{path} cannot be read as JSON ({error}); give a file that --json wrote").format(path=path, error=error)]
        ) from error
