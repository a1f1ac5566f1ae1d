"""The table of docs/results/training.md: what is in it comes from the runs' results."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest

from benchmarks.training.recipes import BASE, DATA, ROWS, Row, all_commands, with_needs
from benchmarks.training.table import BEGIN, END, PAGE, make_table, write_table
from faq_component.cli import make_parser

FIGURES = {
    "lcqmc_dev_accuracy": {"value": 0.5, "low": 0.4, "high": 0.6},
    "lcqmc_accuracy": {"value": 0.75, "low": 0.7, "high": 0.8},
    "lcqmc_spearman": 0.25,
    "megabytes": 21.96,
    "pairs": 60000,
}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "lcqmc.json").write_text(json.dumps({"figures": FIGURES}), encoding="utf-8")
    return tmp_path


def test_a_row_shows_what_was_measured_and_leaves_the_rest_empty(results: Path) -> None:
    _, _, row = make_table(results).splitlines()
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "LCQMC (Trainer)", "0.5000", "0.7500 [0.7000, 0.8000]", "", "", "0.2500", "", "", "", "", "", "", "22.0", "",
        "60,000",
    ]  # fmt: skip


def test_another_seed_follows_its_row(results: Path) -> None:
    (results / "lcqmc-seed2.json").write_text(json.dumps({"figures": {**FIGURES, "pairs": 1}}), encoding="utf-8")
    _, _, first, second = make_table(results).splitlines()
    assert first.startswith("| LCQMC (Trainer) | ")
    assert second.startswith("| LCQMC (Trainer), seed 2 | ")
    assert second.endswith("| 1 |")


def test_a_seed_is_added_to_trainings_only() -> None:
    commands = [zip(all_commands(row), all_commands(row, 2), strict=True) for row in ROWS]
    for one, other in chain.from_iterable(commands):
        trains = one.split()[0] in ("train", "distill") and "--seed" not in one
        assert other == (f"{one} --seed 2" if trains else one)
        make_parser().parse_args(other.format(pairs="pairs", topics="topics", runs="runs").split())


def test_the_page_keeps_what_is_around_the_table(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_table(page, results)
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\n{make_table(results)}\n{END}\nafter\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks"):
        write_table(page, results)


def test_the_page_is_what_the_results_give() -> None:
    assert make_table() in PAGE.read_text(encoding="utf-8"), "run `make training-table`"


def test_a_row_comes_after_the_rows_it_needs() -> None:
    assert [row.name for row in with_needs(["distilled", "lcqmc"])] == ["teacher", "distilled", "lcqmc"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_recipe_is_a_command_that_faq_knows(row: Row) -> None:
    for command in (*BASE, *DATA, *row.commands()):
        arguments = make_parser().parse_args(command.format(pairs="pairs", topics="topics", runs="runs").split())
        assert callable(arguments.run)
