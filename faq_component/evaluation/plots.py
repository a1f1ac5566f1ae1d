"""Plots of the report page, as SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from faq_component.decision.confidence import KNOWN_SHARE
from faq_component.errors import MissingExtraError
from faq_component.evaluation.metrics import DEPTH
from faq_component.evaluation.results import Confidence, DataSetResults, SearchedQuestion, ranks
from faq_component.language import _

# Okabe and Ito's palette, distinguishable by colour-blind readers; the grey is legible on white and on black.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_GREY = "#808080"
_BINS = 10
_STYLE: Mapping[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "faq",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.color": _GREY,
    "legend.frameon": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _GREY),
}


def plot_hits(data_set: DataSetResults) -> str:
    """Plot hit@k for k from 1 to 10, one line per retriever."""
    with _figure(6.4, 3.8) as (figure, axes):
        steps = np.arange(1, DEPTH + 1)
        for number, (name, results) in enumerate(data_set.known.items()):
            rank = ranks(results)
            shares = [float(((rank > 0) & (rank <= k)).mean()) for k in steps]
            axes.plot(steps, shares, marker="o", markersize=4, color=_colour(number), label=name)
        axes.set(xlabel="k", ylabel="hit@k", xticks=steps)
        axes.legend(loc="lower right")
        return _svg(figure)


def plot_scores(known: Sequence[SearchedQuestion], unknown: Sequence[SearchedQuestion], title: str) -> str:
    """Plot histograms of the best score: correct topic first, another first, and questions that no topic answers."""
    groups = {
        _("correct topic first"): [result.hits[0].score for result in known if result.rank == 1],
        _("another topic first"): [result.hits[0].score for result in known if result.rank != 1 and result.hits],
        _("no topic answers"): [result.hits[0].score for result in unknown if result.hits],
    }
    with _figure(6.4, 3.2) as (figure, axes):
        bins = np.linspace(0, 1, 41)
        for number, (name, scores) in enumerate(groups.items()):
            if scores:
                weights = np.full(len(scores), 1 / len(scores))
                axes.hist(
                    scores, bins, weights=weights, histtype="stepfilled", alpha=0.35, color=_colour(number), label=name
                )
                axes.hist(scores, bins, weights=weights, histtype="step", color=_colour(number))
        axes.set(xlabel=_("best score ({retriever})").format(retriever=title), ylabel=_("share"), xlim=(0, 1))
        axes.legend(loc="upper right")
        return _svg(figure)


def plot_latency(data_set: DataSetResults) -> str:
    """Plot hit@1, with its 95% interval, over the median milliseconds per query."""
    with _figure(6.4, 3.8) as (figure, axes):
        for number, name in enumerate(data_set.known):
            report = data_set.report(name)
            hit = report.metrics["hit@1"]
            bars = [[hit.value - hit.low], [hit.high - hit.value]]
            axes.errorbar(
                [report.median_ms], [hit.value], yerr=bars, fmt="o", capsize=4, color=_colour(number), label=name
            )
        axes.set(xscale="log", xlabel=_("median milliseconds per question"), ylabel="hit@1")
        axes.margins(x=0.25)
        axes.legend(loc="best")
        return _svg(figure)


def plot_reliability(
    known: Sequence[SearchedQuestion], unknown: Sequence[SearchedQuestion], confidence: Confidence
) -> str:
    """Plot the share of correct first topics over the confidence, in bins of width 0.1, points sized by weight.

    With unknown questions, known ones have a weight of 70%, as the confidence assumes.
    """
    results = [*known, *unknown]
    probabilities = np.array([confidence(r.query.text, r.hits) for r in results])
    correct = np.array([result.rank == 1 for result in results])
    share = KNOWN_SHARE if unknown else 1.0
    weights = np.repeat([share / len(known), (1 - share) / max(len(unknown), 1)], [len(known), len(unknown)])
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    with _figure(4.6, 4.2) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--")
        for number in sorted(set(bins.tolist())):
            inside = bins == number
            weight = float(weights[inside].sum())
            predicted, observed = (
                float((values * weights)[inside].sum()) / weight for values in (probabilities, correct)
            )
            axes.scatter([predicted], [observed], s=30 + 900 * weight, color=_colour(0), alpha=0.7, linewidths=0)
        axes.set(xlabel=_("confidence"), ylabel=_("share that is correct"), xlim=(0, 1), ylim=(-0.02, 1.02))
        return _svg(figure)


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Any, Any]]:
    """Give a figure, sizes in inches, with one pair of axes, without a display or pyplot's global state."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "report") from error
    with matplotlib.rc_context(dict(_STYLE)):
        figure = Figure(figsize=(width, height))
        yield figure, figure.add_subplot()


def _svg(figure: Any) -> str:
    file = io.StringIO()
    with warnings.catch_warnings():
        # Texts stay texts in the SVG, so the browser's fonts draw the characters that Matplotlib's lack.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    content = file.getvalue()
    return content[content.index("<svg") :]


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]
