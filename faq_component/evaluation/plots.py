"""The plots of the report page, as SVG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from faq_component.decision.confidence import KNOWN_SHARE
from faq_component.errors import MissingExtraError
from faq_component.evaluation.metrics import DEPTH
from faq_component.evaluation.results import Confidence, DataSetResults, Result, ranks

# Okabe and Ito's colours, told apart by the colour-blind too; the grey reads on white and on black.
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
    """The share of questions whose topic is among the first k, for k from 1 to 10, one line per retriever."""
    with _figure(6.4, 3.8) as (figure, axes):
        steps = np.arange(1, DEPTH + 1)
        for number, (name, results) in enumerate(data_set.known.items()):
            rank = ranks(results)
            shares = [float(((rank > 0) & (rank <= k)).mean()) for k in steps]
            axes.plot(steps, shares, marker="o", markersize=4, color=_colour(number), label=name)
        axes.set(xlabel="k", ylabel="hit@k", xticks=steps)
        axes.legend(loc="lower right")
        return _svg(figure)


def plot_scores(known: Sequence[Result], unknown: Sequence[Result], title: str) -> str:
    """How the best score spreads over questions answered rightly, wrongly, and those that no topic answers."""
    groups = {
        "right topic first": [result.hits[0].score for result in known if result.rank == 1],
        "wrong topic first": [result.hits[0].score for result in known if result.rank != 1 and result.hits],
        "out of scope": [result.hits[0].score for result in unknown if result.hits],
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
        axes.set(xlabel=f"best score ({title})", ylabel="share of the questions", xlim=(0, 1))
        axes.legend(loc="upper right")
        return _svg(figure)


def plot_latency(data_set: DataSetResults) -> str:
    """Median milliseconds per query against hit@1 with its 95% interval."""
    with _figure(6.4, 3.8) as (figure, axes):
        for number, name in enumerate(data_set.known):
            report = data_set.report(name)
            hit = report.metrics["hit@1"]
            bars = [[hit.value - hit.low], [hit.high - hit.value]]
            axes.errorbar(
                [report.median_ms], [hit.value], yerr=bars, fmt="o", capsize=4, color=_colour(number), label=name
            )
        axes.set(xscale="log", xlabel="median milliseconds per query", ylabel="hit@1")
        axes.margins(x=0.25)
        axes.legend(loc="best")
        return _svg(figure)


def plot_reliability(known: Sequence[Result], unknown: Sequence[Result], confidence: Confidence) -> str:
    """How often the first topic is right where the confidence says so: bins of width 0.1, points by their weight.

    The questions count as the confidence assumes: 70% known, where there are unknown ones.
    """
    results = [*known, *unknown]
    probabilities = np.array([confidence(r.query.text, r.hits) for r in results])
    right = np.array([result.rank == 1 for result in results])
    share = KNOWN_SHARE if unknown else 1.0
    weights = np.repeat([share / len(known), (1 - share) / max(len(unknown), 1)], [len(known), len(unknown)])
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    with _figure(4.6, 4.2) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--")
        for number in sorted(set(bins.tolist())):
            inside = bins == number
            weight = float(weights[inside].sum())
            said, was = (float((values * weights)[inside].sum()) / weight for values in (probabilities, right))
            axes.scatter([said], [was], s=30 + 900 * weight, color=_colour(0), alpha=0.7, linewidths=0)
        axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(-0.02, 1.02))
        return _svg(figure)


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Any, Any]]:
    """A figure of so many inches with one pair of axes, drawn without a display and without pyplot's global state."""
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
    figure.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    content = file.getvalue()
    return content[content.index("<svg") :]


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]
