"""``faq evaluate`` and ``faq tune``: how good recall and decisions are, and which thresholds suit them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from faq_component.build import build_retriever, build_thresholds
from faq_component.cli.console import ERRORS, OUT, add_settings_flags, progress, say, settings_of, write_json
from faq_component.errors import FaqError
from faq_component.evaluation import (
    DecisionCounts,
    Query,
    count_decisions,
    evaluate_retriever,
    halves,
    hold_out,
    load_queries,
    tune_thresholds,
)
from faq_component.evaluation.decisions import Searched
from faq_component.faq import Faq, load_faq
from faq_component.recall import Retriever
from faq_component.settings import RETRIEVERS, Settings

_COMPARED = ("keyword", "dense", "rrf", "hybrid")


def add_commands(commands: Any) -> None:
    """Register the commands."""
    evaluate = commands.add_parser("evaluate", help="hit@k, MRR and time of retrievers on questions with known topics")
    add_settings_flags(evaluate, retriever=False)
    evaluate.add_argument("--queries", help="held-out questions in the FAQ format; without it, a tenth is held out")
    evaluate.add_argument("--seed", type=int, default=0, help="of the tenth that is held out")
    evaluate.add_argument("--retriever", action="append", choices=RETRIEVERS, help="may be repeated")
    evaluate.add_argument("--json", help="write the report to this file")
    evaluate.set_defaults(run=_evaluate)
    tune = commands.add_parser("tune", help="choose thresholds on half of the questions, measure on the other half")
    add_settings_flags(tune)
    tune.add_argument("--queries", required=True, help="held-out questions in the FAQ format")
    tune.add_argument("--out-of-scope", required=True, help="questions that no topic answers, in the FAQ format")
    tune.add_argument("--json", help="write the report to this file")
    tune.set_defaults(run=_tune)


def _evaluate(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    corpus = load_faq(settings.faq, responses_required=False)
    if arguments.queries:
        queries = load_queries(arguments.queries, corpus)
    else:
        corpus, queries = hold_out(corpus, seed=arguments.seed)
    if not queries:
        raise FaqError(
            f"{settings.faq}: there is no question to measure with; give --queries, or topics of at least 6 posts"
        )
    table = Table("retriever", "hit@1", "hit@3", "hit@10", "MRR@10", "ms/query")
    reports = {}
    for name in arguments.retriever or _COMPARED:
        with ERRORS.status(f"{name}: indexing"):
            retriever = build_retriever(settings.override(retriever=name), corpus)
        report = evaluate_retriever(retriever, queries, progress(name))
        reports[name] = report.to_json()
        table.add_row(name, *(str(interval) for interval in report.metrics.values()), f"{report.median_ms:.1f}")
    say(f"{len(queries)} questions, {sum(len(t.posts) for t in corpus.topics)} posts")
    OUT.print(table)
    if arguments.json:
        write_json(arguments.json, {"retrievers": reports})
    return 0


def _tune(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    faq = load_faq(settings.faq, responses_required=False)
    retriever = build_retriever(settings, faq)
    known = halves(load_queries(arguments.queries, faq))
    unknown = halves(_unknown(arguments.out_of_scope))
    dev = _search_all(retriever, settings, [*known[0], *unknown[0]], "dev half")
    test = _search_all(retriever, settings, [*known[1], *unknown[1]], "test half")
    chosen = tune_thresholds(dev, progress("choosing"))
    rows = {"chosen on dev": chosen, "set now": build_thresholds(settings)}
    table = Table(
        "on the test half", "right", "wrong", "asked back", "rejected", "unknown answered", "unknown asked back"
    )
    for name, thresholds in rows.items():
        table.add_row(name, *_shares(count_decisions(test, thresholds)))
    say(f"chosen: answer {chosen.answer}, clarify {chosen.clarify}, margin {chosen.margin}")
    OUT.print(table)
    if arguments.json:
        write_json(
            arguments.json,
            {
                "retriever": settings.retriever,
                "thresholds": vars(chosen),
                "dev": vars(count_decisions(dev, chosen)),
                "test": vars(count_decisions(test, chosen)),
            },
        )
    return 0


def _unknown(path: str | Path) -> list[Query]:
    faq: Faq = load_faq(path, responses_required=False)
    return [Query(post, None) for topic in faq.topics for post in topic.posts]


def _search_all(retriever: Retriever, settings: Settings, queries: Sequence[Query], text: str) -> list[Searched]:
    return [(query, retriever.search(query.text, settings.top_k)) for query in progress(text)(queries)]


def _shares(counts: DecisionCounts) -> list[str]:
    asked = counts.clarified + counts.clarified_without_topic
    known = [counts.right, counts.wrong, asked, counts.rejected]
    unknown = [counts.unknown_answered, counts.unknown_clarified]
    return [f"{n / counts.known:.3f}" for n in known] + [f"{n / counts.unknown:.3f}" for n in unknown]
