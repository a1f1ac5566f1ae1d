"""The evaluation report as a self-contained HTML page."""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from faq_component.errors import MissingExtraError
from faq_component.evaluation.paired import PairedTest, compare_retrievers
from faq_component.evaluation.plots import plot_hits, plot_latency, plot_reliability, plot_scores
from faq_component.evaluation.report import METRICS
from faq_component.evaluation.results import DataSetResults, SearchedQuestion
from faq_component.language import _, language
from faq_component.support.html_page import render_page

_TEMPLATE = Path(__file__).parent / "report.html.jinja"
_PACKAGES = ("rasa-faq", "numpy", "faiss-cpu", "onnxruntime", "tokenizers", "jieba")
_MOST_PAIRS = 25


@dataclass(frozen=True)
class ConfusedPair:
    """A topic that was returned first in place of the expected one, and the questions it was returned for."""

    expected: str
    given: str
    questions: tuple[str, ...]


def confused_pairs(results: Sequence[SearchedQuestion], titles: dict[str, str]) -> list[ConfusedPair]:
    """Group the questions with another topic first by expected and given topic, the most frequent pair first."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        if result.rank != 1:
            given = titles.get(result.given, result.given) if result.given else _("nothing")
            found[titles.get(str(result.query.topic_id), str(result.query.topic_id)), given].append(result.query.text)
    pairs = [ConfusedPair(expected, given, tuple(texts)) for (expected, given), texts in found.items()]
    return sorted(pairs, key=lambda pair: -len(pair.questions))


def to_html(data_sets: Sequence[DataSetResults], changes: Sequence[str] = ()) -> str:
    """Render the page: tables, plots, confused topics and paired tests, with details of the last retriever.

    `changes` are lines of `compare_with`.

    Raises:
        MissingExtraError: Jinja2 or Matplotlib is not installed.
    """
    try:
        from markupsafe import Markup
    except ImportError as error:
        raise MissingExtraError("jinja2", "report") from error
    return render_page(
        _TEMPLATE,
        _=_,
        language=language(),
        data_sets=data_sets,
        metrics=METRICS,
        confused={data_set.name: _confused(data_set)[:_MOST_PAIRS] for data_set in data_sets},
        tests={data_set.name: _tests(data_set) for data_set in data_sets},
        changes=changes,
        machine=f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        versions=", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        # Matplotlib escapes every text in its drawings.
        plot_hits=lambda data_set: Markup(plot_hits(data_set)),  # noqa: S704
        plot_latency=lambda data_set: Markup(plot_latency(data_set)),  # noqa: S704
        plot_reliability=lambda data_set, name: Markup(  # noqa: S704
            plot_reliability(data_set.known[name], data_set.unknown[name], data_set.confidence)
        ),
        plot_scores=lambda data_set, name: Markup(  # noqa: S704
            plot_scores(data_set.known[name], data_set.unknown[name], name)
        ),
    )


def _confused(data_set: DataSetResults) -> list[ConfusedPair]:
    return confused_pairs(list(data_set.known.values())[-1], data_set.titles)


def _tests(data_set: DataSetResults) -> list[PairedTest]:
    *others, last = data_set.known
    return [compare_retrievers(dict(data_set.known), last, other) for other in others]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _("not installed")
