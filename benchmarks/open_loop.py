"""Latency at fixed rates of requests, and behaviour at ten times the capacity.

    python -m benchmarks.open_loop --posts 20000 --data ../shared/data --rates 50 100 200 300
    python -m benchmarks.open_loop --scenario rasa --rates 5 10 20
    python -m benchmarks.open_loop --scenario rasa-remote --rates 5 10 20
    python -m benchmarks.open_loop --posts 20000 --data ../shared/data --overload

Each request is sent when it is due, not when the last one is answered. Latency counts from then, so it includes waiting
in the generator. Questions are distinct; `--cached` repeats a hundred, with the cache of the service on. `--core 1`
pins the generator to that core and what is measured to the others, with one process of the service on each; without it
they share the cores, as the table says. `--series FILE` adds the run to that JSON file, in place of an earlier one of
the same name and without rates of which more than 1% was refused; `--plot FILE` draws p50 and p99 of all its runs.

`--overload` first measures the throughput of four clients that wait for their answers. It then sends half of that, four
fifths, ten times that, and half again, and prints how many requests are refused, the p99 of the accepted ones as a
multiple of that at half and at four fifths, and the seconds until p99 is within one and a half times that at half.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.load.generator import Load, closed_loop, open_loop, others, pin
from benchmarks.load.questions import endless, prepare
from benchmarks.load.targets import SCENARIOS, Target, started
from benchmarks.machine import machine
from faq_component.support.files import write_atomically

_CLIENTS = 4
_NORMAL = {"half": 0.5, "four fifths": 0.8}  # of their throughput
_BACK = 1.5  # multiple of the normal p99
_FEW = 0.01  # most refused requests of a rate that counts as carried
_MOST_SECONDS = 30  # of the recovery


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=SCENARIOS, default="service")
    parser.add_argument("--rates", type=float, nargs="+", default=[50, 100, 200, 300])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument(
        "--posts", type=int, default=0, help="posts of a large FAQ, for the service alone; 0 takes the demo FAQ"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cached", action="store_true")
    parser.add_argument("--core", type=int, help="core of the generator, which nothing else uses")
    parser.add_argument("--overload", action="store_true")
    parser.add_argument(
        "--nginx", action="store_true", help="put nginx before the service, without its limits per address"
    )
    parser.add_argument("--max-waiting", type=int, help="a setting of the service")
    parser.add_argument("--series", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if arguments.plot and not arguments.series:
        parser.error("--plot draws the runs of a file; name it with --series")
    faq, listed = prepare(Path(".faq"), arguments.posts, arguments.data)
    questions = endless(listed, arguments.cached)
    print(machine("gunicorn", "gevent", "faiss-cpu"))
    place = "behind nginx, " * arguments.nginx + pin(arguments.core)
    print(f"{arguments.scenario}, {faq}, cache {'on' if arguments.cached else 'off'}, {place}")
    cores = others(arguments.core)
    limits = {"workers": str(len(cores))} if arguments.core is not None else {}
    if arguments.max_waiting:
        limits["max_waiting"] = str(arguments.max_waiting)
    with started(
        arguments.scenario, faq, cached=arguments.cached, cores=cores, nginx=arguments.nginx, service=limits
    ) as target:
        closed_loop(target.url, target.body, questions, _CLIENTS, 2)  # warm
        if arguments.overload:
            overload(target, questions, arguments.seconds)
            return
        print(HEAD)
        loads = []
        for rate in arguments.rates:
            loads.append((rate, open_loop(target.url, target.body, questions, rate, arguments.seconds)))
            print(row(f"{rate:g}/s", loads[-1][1]), flush=True)
    if arguments.series:
        about = {
            f"{arguments.posts:,} posts": bool(arguments.posts),
            "cached": arguments.cached,
            "behind nginx": arguments.nginx,
            "generator apart": arguments.core is not None,
        }
        keep(arguments.series, ", ".join([arguments.scenario, *(name for name, told in about.items() if told)]), loads)
        if arguments.plot:
            plot(arguments.series, arguments.plot)


HEAD = (
    "| sent | answered/s | p50 ms | p95 ms | p99 ms | refused | generator late, p99 ms | its CPU, cores |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def row(name: str, load: Load) -> str:
    """Format a row of the table."""
    late = 1000 * statistics.quantiles(load.late, n=100)[-1]
    times = " | ".join(f"{load.percentile(share):.1f}" for share in (50, 95, 99))
    return f"| {name} | {load.served:.0f} | {times} | {load.refused} | {late:.1f} | {load.cpu:.2f} |"


def overload(target: Target, questions: Iterator[str], seconds: float) -> None:
    """Measure ten times the capacity, and print the results."""
    carried = closed_loop(target.url, target.body, questions, _CLIENTS, seconds)
    print(HEAD)
    print(row(f"{_CLIENTS} clients", carried))
    before = {}
    for name, share in _NORMAL.items():
        before[name] = open_loop(target.url, target.body, questions, share * carried.served, seconds)
        print(row(f"{name}, {share * carried.served:.0f}/s", before[name]))
    much = open_loop(target.url, target.body, questions, 10 * carried.served, seconds)
    print(row(f"overload, {10 * carried.served:.0f}/s", much))
    normal = before["half"]
    second = 0
    while second < _MOST_SECONDS:
        second += 1
        after = open_loop(target.url, target.body, questions, carried.served / 2, 1)
        if not after.refused and after.percentile(99) <= _BACK * normal.percentile(99):
            break
    print(row("afterwards", after))
    print(f"statuses under overload: {much.statuses}; 0 is no answer")
    for name, load in before.items():
        print(f"p99 of the accepted is {much.percentile(99) / load.percentile(99):.1f} times that at {name}")
    print(f"back within {_BACK} times the p99 at half in second {second}")


def keep(file: Path, name: str, loads: list[tuple[float, Load]]) -> None:
    """Add the carried rates of a run, with percentiles in milliseconds, to a file of runs."""
    runs: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    carried = [(rate, load) for rate, load in loads if load.refused <= _FEW * rate * load.seconds]
    runs[name] = {
        "rates": [rate for rate, _ in carried],
        **{f"p{share}": [round(load.percentile(share), 1) for _, load in carried] for share in (50, 99)},
    }
    write_atomically(file, (json.dumps(runs, ensure_ascii=False, indent=1) + "\n").encode())


def plot(series: Path, file: Path) -> None:
    """Plot p50 and p99 over the rate for each run in a file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4))
    axes = figure.add_subplot()
    for number, (name, run) in enumerate(json.loads(series.read_text("utf-8")).items()):
        axes.plot(run["rates"], run["p50"], "o-", color=f"C{number}", label=name)
        axes.plot(run["rates"], run["p99"], "o:", color=f"C{number}")
    axes.set(xlabel="requests sent a second", ylabel="ms from when it was due", xscale="log", yscale="log")
    axes.set_title(f"median (solid) and 99th percentile (dotted), {os.cpu_count()} cores", fontsize=10)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    figure.savefig(file, bbox_inches="tight")
    print(f"drawn: {file}")


if __name__ == "__main__":
    main()
