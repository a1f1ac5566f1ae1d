"""The evaluation report as JSON and Markdown, and its changes since an older one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faq_component.errors import FaqDataError
from faq_component.evaluation.paired import compare_retrievers
from faq_component.evaluation.results import DataSetResults, SearchedQuestion
from faq_component.language import _, ngettext

METRICS = ("hit@1", "hit@3", "hit@10", "MRR@10")


def to_json(data_sets: Sequence[DataSetResults]) -> dict[str, Any]:
    """Return the report as JSON values.

    ``retrievers`` holds the metrics on the first data set. ``data_sets`` holds for each data set the metrics, the
    paired tests of the last retriever against each other one, and the first topic of every question.
    """
    content = {data_set.name: _data_set(data_set) for data_set in data_sets}
    return {"retrievers": content[data_sets[0].name]["retrievers"], "data_sets": content}


def _data_set(data_set: DataSetResults) -> dict[str, Any]:
    *others, last = data_set.known
    tests = [compare_retrievers(dict(data_set.known), last, other) for other in others]
    return {
        "posts": data_set.posts,
        "retrievers": {name: data_set.report(name).to_json() for name in data_set.known},
        "paired": [
            {
                "first": test.first,
                "second": test.second,
                "difference": vars(test.difference),
                "p_value": test.p_value,
                "first_won": len(test.first_won),
                "second_won": len(test.second_won),
            }
            for test in tests
        ],
        "results": {
            name: [
                {"query": result.query.text, "topic": result.query.topic_id, "given": result.given, "rank": result.rank}
                for result in results
            ]
            for name, results in data_set.known.items()
        },
    }


def to_markdown(data_sets: Sequence[DataSetResults]) -> str:
    """Write a table for each data set, with 95% intervals."""
    tables = []
    for data_set in data_sets:
        count, posts = len(next(iter(data_set.known.values()))), data_set.posts
        size = _("{name}: {questions}, {posts}").format(
            name=f"**{data_set.name}**",
            questions=ngettext("{count:,} question", "{count:,} questions", count).format(count=count),
            posts=ngettext("{count:,} post", "{count:,} posts", posts).format(count=posts),
        )
        header = [_("retriever"), *METRICS, _("ms/query")]
        rows = [size, "", f"| {' | '.join(header)} |", "| --- " * len(header) + "|"]
        for name in data_set.known:
            report = data_set.report(name)
            cells = [str(report.metrics[metric]) for metric in METRICS]
            rows.append(f"| {name} | " + " | ".join(cells) + f" | {report.median_ms:.1f} |")
        tables.append("\n".join(rows))
    return "\n\n".join(tables) + "\n"


def compare_with(old: Mapping[str, Any], data_sets: Sequence[DataSetResults]) -> Iterator[str]:
    """Compare with an older JSON report, question by question; yield lines for people.

    Only data sets, retrievers and questions that both reports have are compared.

    Raises:
        FaqDataError: `old` is not a JSON report.
    """
    compared = False
    for data_set in data_sets:
        for name, results in data_set.known.items():
            try:
                before = {(row["query"], row["topic"]): row for row in old["data_sets"][data_set.name]["results"][name]}
            except KeyError:
                continue
            except TypeError as error:
                message = _("the older report is not one that `faq evaluate --json` wrote; give such a file")
                raise FaqDataError([message]) from error
            compared = True
            yield from _changes(f"{data_set.name}, {name}", before, results, data_set.titles)
    if not compared:
        yield _("nothing to compare: the older report has none of these data sets and retrievers")


def _changes(
    where: str,
    before: Mapping[tuple[str, str | None], Any],
    results: Sequence[SearchedQuestion],
    titles: Mapping[str, str],
) -> Iterator[str]:
    asked = [result for result in results if (result.query.text, result.query.topic_id) in before]
    correct, incorrect, other = _("now correct"), _("now incorrect"), _("still incorrect, another topic")
    changed: dict[str, list[str]] = {correct: [], incorrect: [], other: []}
    for result in asked:
        old = before[result.query.text, result.query.topic_id]
        if result.given == old["given"]:
            continue
        was, now = (titles.get(topic, topic) if topic else _("nothing") for topic in (old["given"], result.given))
        otherwise = incorrect if old["rank"] == 1 else other
        kind = correct if result.rank == 1 else otherwise
        changed[kind].append(f"  {result.query.text}: {was} -> {now}")
    count = len(asked)
    message = ngettext("{where}: {count} question in both", "{where}: {count} questions in both", count)
    yield message.format(where=where, count=count)
    for kind, lines in changed.items():
        yield " " + _("{kind}: {count}").format(kind=kind, count=len(lines))
        yield from lines
