"""Train, measure and tabulate the encoders of `docs/results/training.md`.

`python -m benchmarks.training run ROW ... --data SHARED --runs FOLDER` makes what a row needs, trains it, exports it to
int8 and measures it as served. A stopped run resumes; a command that has finished is not run again.
`python -m benchmarks.training compare ROW ... --data SHARED --runs FOLDER` compares the int8 encoders of rows with
their float32 checkpoints, paired. `python -m benchmarks.training time ROW ... --data SHARED --runs FOLDER` times one
question at a time on one thread, the rows side by side in five rounds; nothing else should run then.
`python -m benchmarks.training table` rewrites the table of docs/results/training.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from zlib import crc32

import numpy as np

from benchmarks.training.measure import (
    Measured,
    cross_scores,
    encoder_scores,
    measure_pairs,
    measure_topics,
    milliseconds,
    speed_questions,
)
from benchmarks.training.recipes import ROWS, Row, all_commands, row_of, with_needs
from benchmarks.training.table import RESULTS, SEEDS, results_file, write_table
from faq_component.encoders import Encoder, OnnxEncoder
from faq_component.encoders.transformers_encoder import TransformersEncoder
from faq_component.evaluation.metrics import bootstrap
from faq_component.rerank import CrossEncoder
from faq_component.support.files import write_atomically
from faq_component.training.export.export_cross_encoder import export_cross_encoder

PACKAGES = ("torch", "transformers", "sentence-transformers", "onnxruntime", "textbrewer")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("run", "compare", "time"):
        step = steps.add_parser(name)
        step.add_argument("rows", nargs="+", choices=[row.name for row in ROWS], metavar="ROW")
        step.add_argument("--data", type=Path, required=True, help="folder with pairs/ and topics/")
        step.add_argument("--runs", type=Path, required=True, help="folder of the runs")
        if name == "run":
            step.add_argument(
                "--seed",
                type=int,
                default=0,
                choices=SEEDS,
                help="seed of the trainings; each needs a folder of its own",
            )
    steps.add_parser("table")
    arguments = parser.parse_args()
    if arguments.step == "table":
        write_table()
    elif arguments.step == "run":
        for row in with_needs(arguments.rows):
            make(row, arguments.data, arguments.runs, arguments.seed)
    elif arguments.step == "time":
        time_rows([row_of(name) for name in arguments.rows], arguments.data, arguments.runs)
    else:
        for name in arguments.rows:
            compare(row_of(name), arguments.data, arguments.runs)


def faq(commands: Sequence[str], data: Path, runs: Path) -> None:
    """Run commands of `faq` in order, except those that finished before after the same predecessors."""
    done, before = runs / "done", 0
    for folder in (done, runs / "data", runs / "exported"):
        folder.mkdir(parents=True, exist_ok=True)
    for command in commands:
        before = crc32(command.encode(), before)
        mark = done / f"{before:08x}"
        if not mark.is_file():
            words = command.format(pairs=data / "pairs", topics=data / "topics", runs=runs).split()
            print("faq", *words, flush=True)
            subprocess.run([sys.executable, "-m", "faq_component.cli", *words], check=True)
            mark.write_text(command)


def make(row: Row, data: Path, runs: Path, seed: int = 0) -> None:
    """Train, export and measure a row, and write its results into the repository."""
    exported = runs / "exported" / row.name
    commands = all_commands(row, seed)
    faq(commands, data, runs)
    if row.model == "cross":
        export_cross_encoder(str(runs / row.name / "encoder"), exported)
        score = cross_scores(CrossEncoder(exported))
        measured = measure_pairs(score, data, runs / "data/chitchat_held_out.tsv")
    else:
        measured = measure(OnnxEncoder(exported), data, runs)
    megabytes = sum(file.stat().st_size for file in exported.iterdir()) / 1e6
    figures = {**measured.figures, "megabytes": megabytes, "pairs": pairs_seen(runs / row.name)}
    write_results(row, {"commands": commands, "figures": figures}, seed)


def time_rows(rows: Sequence[Row], data: Path, runs: Path) -> None:
    """Time the exported models of rows in turn, and add the median of five rounds to their results."""
    calls = {row.name: one_question(row, runs / "exported" / row.name) for row in rows}
    questions = speed_questions(data)
    rounds = [{name: milliseconds(call, questions) for name, call in calls.items()} for _ in range(5)]
    for row in rows:
        results = read_results(row)
        results["figures"]["milliseconds"] = median(times[row.name] for times in rounds)
        print(f"{row.name}: {results['figures']['milliseconds']:.2f} ms")
        write_results(row, results)


def one_question(row: Row, exported: Path) -> Callable[[str], Any]:
    """Measure the milliseconds of one question on one thread: a vector, or the score of a pair."""
    if row.model == "cross":
        cross = CrossEncoder(exported, threads=1)
        return lambda text: cross.logits([(text, text)])
    encoder = OnnxEncoder(exported, threads=1)
    return lambda text: encoder.encode([text])


def measure(encoder: Encoder, data: Path, runs: Path) -> Measured:
    """Measure an encoder on all sets."""
    pairs = measure_pairs(encoder_scores(encoder), data, runs / "data/chitchat_held_out.tsv")
    topics = measure_topics(encoder, data)
    return Measured(pairs.figures | topics.figures, pairs.right | topics.right)


def pairs_seen(run: Path) -> int | None:
    """Count the pairs that a run was trained on, with repetitions; None if nothing was trained."""
    file = run / "settings.json"
    if not file.is_file():
        return None
    settings = json.loads(file.read_text(encoding="utf-8"))
    return round(float(settings["pairs"] * settings["epochs"]))


def compare(row: Row, data: Path, runs: Path) -> None:
    """Measure the float32 checkpoint of a row, and add the paired loss of int8 on each set to its results."""
    if row.layers or row.model == "cross":
        raise SystemExit(f"{row.name} has no float32 encoder of its own; compare another row")
    int8 = measure(OnnxEncoder(runs / "exported" / row.name), data, runs)
    float32 = measure(TransformersEncoder(row.checkpoint.format(runs=runs)), data, runs)
    results = read_results(row)
    results["float32"] = float32.figures
    results["int8_loss"] = {
        name: vars(bootstrap(right.astype(np.float64) - int8.right[name])) for name, right in float32.right.items()
    }
    for name, loss in results["int8_loss"].items():
        print(f"{row.name} {name}: int8 loses {loss['value']:+.4f} [{loss['low']:+.4f}, {loss['high']:+.4f}]")
    write_results(row, results)


def read_results(row: Row) -> dict[str, Any]:
    """Read the results of a row."""
    return dict(json.loads(results_file(row.name).read_text(encoding="utf-8")))


def write_results(row: Row, results: dict[str, Any], seed: int = 0) -> None:
    """Write the results of a row, with machine and versions; each seed has a file."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    versions = {name: version(name) for name in PACKAGES}
    content = {"row": row.name, **results, "machine": machine, "versions": versions}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    write_atomically(results_file(row.name, seed), (text + "\n").encode())


if __name__ == "__main__":
    main()
