"""Make the table of `docs/results/training.md` from the results of the runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.training.recipes import ROWS

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs/results/training.md"
SEEDS = range(3)
BEGIN, END = "<!-- table: make training-table -->", "<!-- end of table -->"

Figures = Mapping[str, Any]


def _value(name: str, places: int = 4) -> Callable[[Figures], str]:
    def cell(figures: Figures) -> str:
        found = figures.get(name)
        value = found["value"] if isinstance(found, dict) else found
        return "" if value is None else f"{value:.{places}f}"

    return cell


def _interval(name: str) -> Callable[[Figures], str]:
    def cell(figures: Figures) -> str:
        found = figures[name]
        return f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"

    return cell


COLUMNS: Mapping[str, Callable[[Figures], str]] = {
    "LCQMC dev": _value("lcqmc_dev_accuracy"),
    "LCQMC test": _interval("lcqmc_accuracy"),
    "F1 dev": _value("lcqmc_dev_f1"),
    "F1 test": _value("lcqmc_f1"),
    "Spearman": _value("lcqmc_spearman"),
    "held-out pairs": _value("held_out_accuracy"),
    "F1": _value("held_out_f1"),
    "BQ": _value("bq_accuracy"),
    "chit-chat hit@1": _value("chitchat_hit@1"),
    "business": _value("business_hit@1"),
    "MASSIVE": _value("massive_hit@1"),
    "MB": _value("megabytes", 1),
    "ms": _value("milliseconds", 2),
    "pairs trained on": lambda figures: f"{figures['pairs']:,}" if figures.get("pairs") else "",
}


def results_file(row: str, seed: int = 0, results: Path = RESULTS) -> Path:
    """Return the file of the results of a row and seed."""
    return results / (f"{row}-seed{seed}.json" if seed else f"{row}.json")


def make_table(results: Path = RESULTS) -> str:
    """Make the table in Markdown: a line for each row with results, in the order of the recipes.

    Other seeds follow the row.
    """
    lines = ["| encoder | " + " | ".join(COLUMNS) + " |", "| --- " * (len(COLUMNS) + 1) + "|"]
    for row in ROWS:
        for seed in SEEDS:
            file = results_file(row.name, seed, results)
            if file.is_file():
                figures = json.loads(file.read_text(encoding="utf-8"))["figures"]
                title = f"{row.title}, seed {seed}" if seed else row.title
                lines.append(f"| {title} | " + " | ".join(cell(figures) for cell in COLUMNS.values()) + " |")
    return "\n".join(lines)


def write_table(page: Path = PAGE, results: Path = RESULTS) -> None:
    """Write the table between its two markers in the page.

    Raises:
        ValueError: the page lacks a marker.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{page} lacks '{BEGIN}' or '{END}'; put both where the table belongs")
    page.write_text(f"{before}{BEGIN}\n{make_table(results)}\n{END}{after}", encoding="utf-8")
