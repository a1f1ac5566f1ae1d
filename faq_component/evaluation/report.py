"""The evaluation report as JSON and Markdown, and what changed since an older one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faq_component.errors import FaqDataError
from faq_component.evaluation.paired import compare_retrievers
from faq_component.evaluation.results import DataSetResults, Result

METRICS = ("hit@1", "hit@3", "hit@10", "MRR@10")


def to_json(data_sets: Sequence[DataSetResults]) -> dict[str, Any]:
    """Everything as JSON values.

    ``retrievers`` holds the metrics on the first data set, ``data_sets`` those on each, with the paired tests between
    the last retriever and each other, and what came first for every question.
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
    """A table for each data set, with 95% intervals."""
    parts = []
    for data_set in data_sets:
        count = len(next(iter(data_set.known.values())))
        rows = [f"**{data_set.name}**: {count:,} questions, {data_set.posts:,} posts", ""]
        rows += ["| retriever | " + " | ".join(METRICS) + " | ms/query |", "| --- |" + " --- |" * (len(METRICS) + 1)]
        for name in data_set.known:
            report = data_set.report(name)
            cells = [str(report.metrics[metric]) for metric in METRICS]
            rows.append(f"| {name} | " + " | ".join(cells) + f" | {report.median_ms:.1f} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def compare_with(old: Mapping[str, Any], data_sets: Sequence[DataSetResults]) -> Iterator[str]:
    """What changed since an older JSON report, question by question, as lines.

    Only data sets and retrievers that both have are compared, and only questions that both asked.

    Raises:
        FaqDataError: `old` is not such a report.
    """
    compared = False
    for data_set in data_sets:
        for name, results in data_set.known.items():
            try:
                before = {(row["query"], row["topic"]): row for row in old["data_sets"][data_set.name]["results"][name]}
            except KeyError:
                continue
            except TypeError as error:
                raise FaqDataError(["the older report is not one that `faq evaluate --json` wrote"]) from error
            compared = True
            yield from _changes(f"{data_set.name}, {name}", before, results, data_set.titles)
    if not compared:
        yield "nothing to compare: the older report has none of these data sets and retrievers"


def _changes(
    where: str, before: Mapping[tuple[str, str | None], Any], results: Sequence[Result], titles: Mapping[str, str]
) -> Iterator[str]:
    asked = [result for result in results if (result.query.text, result.query.topic_id) in before]
    changed: dict[str, list[str]] = {"newly right": [], "newly wrong": [], "still wrong, another topic": []}
    for result in asked:
        old = before[result.query.text, result.query.topic_id]
        if result.given == old["given"]:
            continue
        was, now = (titles.get(str(topic), str(topic)) for topic in (old["given"], result.given))
        otherwise = "newly wrong" if old["rank"] == 1 else "still wrong, another topic"
        kind = "newly right" if result.rank == 1 else otherwise
        changed[kind].append(f"  {result.query.text}: {was} -> {now}")
    yield f"{where}: {len(asked)} questions in both"
    for kind, lines in changed.items():
        yield f" {kind}: {len(lines)}"
        yield from lines
