"""Plots of a training: its loss and its metrics.

Their texts stay English: fonts for Chinese are not installed everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LEFT_OUT = ("runtime", "per_second", "epoch", "grad_norm", "learning_rate", "eval_loss", "flos", "_loss")


def plot_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Plot loss and metrics over the steps, side by side, into a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    FigureCanvasAgg(figure)
    losses, metrics = figure.subplots(1, 2)
    points = [(row["step"], row["loss"]) for row in history if "loss" in row]
    losses.plot(*zip(*points, strict=True) if points else ((), ()), color="tab:gray")
    losses.set(title="training loss", xlabel="step")
    for name in sorted({name for row in history for name in row if name.startswith("eval_")}):
        if not any(part in name for part in _LEFT_OUT):
            values = [(row["step"], row[name]) for row in history if name in row]
            metrics.plot(*zip(*values, strict=True), marker="o", markersize=3, label=name.removeprefix("eval_"))
    metrics.set(title="development data", xlabel="step")
    metrics.grid(alpha=0.3)
    if metrics.lines:
        metrics.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, dpi=110)
