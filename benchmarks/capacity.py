"""What a message costs each part in processor time, and so what machines carry; what a crowd at Rasa gets.

    python -m benchmarks.capacity
    python -m benchmarks.capacity --scenarios service rasa --posts 20000 --data ../shared/data
    python -m benchmarks.capacity --crowd 1000 --scenarios rasa two-rasas

Scenarios: `service`, `faq serve` without its cache; `cached`, with it; `flask`, the server of the write-up "FAQ:
semantic recall based on BERT"; `rasa`, Rasa with its action server; `rasa-remote`, Rasa that asks the service;
`two-rasas`, two processes of Rasa with Redis and PostgreSQL, which start for this. Rasa has the demo FAQ.

Processor time, unlike latency and throughput, hardly depends on what else the machine does: a few clients send distinct
messages, and the time that each process has used is divided by their number. Each round measures all scenarios, in
another order; the table has the median with a 95% bootstrap interval. From the sum follow the cores for 10, 100, 1,000
and 10,000 messages a second at six tenths of the processor time, beyond which waiting grows.

`--crowd N` lets N users send a message at once, and another when they have their answer, and prints how many a second
are answered, how many are asked to come again (`utter_unavailable`), and what both wait.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from benchmarks.load.generator import Load, closed_loop
from benchmarks.load.processor import children, processor_seconds
from benchmarks.load.questions import endless, prepare
from benchmarks.load.targets import Target, message_body, question_body
from benchmarks.machine import machine
from benchmarks.service import interval, started_peer
from faq_component.dialogue.voice import Voices
from faq_component.rasa.process.launch import HOST
from tests.postgres import Postgres
from tests.redis_server import RedisServer
from tests.servers import ROOT, Bot
from tests.service.processes import Serving

SCENARIOS = ("service", "cached", "flask", "rasa", "rasa-remote", "two-rasas")
RATES = (10, 100, 1_000, 10_000)
_BUSY = 0.6  # share of the processor time at which waiting is still short
_CLIENTS = 4
T = TypeVar("T")


@dataclass
class Parts:
    """A running scenario: where messages go, and the processes of each part."""

    stack: ExitStack
    target: Target = field(default_factory=lambda: Target("", question_body))
    pids: dict[str, set[int]] = field(default_factory=dict)

    def start(self, part: str, process: AbstractContextManager[T]) -> T:
        """Start a part; its processes are those that appear meanwhile."""
        before = children()
        started = self.stack.enter_context(process)
        self.pids.setdefault(part, set()).update(children() - before)
        return started

    def seconds(self) -> dict[str, float]:
        """Return the processor time that each part has used."""
        return {part: processor_seconds(pids) for part, pids in self.pids.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument(
        "--posts", type=int, default=0, help="posts of a large FAQ for the service; 0 takes the demo FAQ"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="seconds of each scenario in each round")
    parser.add_argument("--crowd", type=int, default=0, help="users that send at once, in place of the costs")
    arguments = parser.parse_args()
    print(machine("rasa", "gunicorn", "onnxruntime"))
    faq, listed = prepare(Path(".faq"), arguments.posts, arguments.data)
    with ExitStack() as stack:
        running = {name: start(name, stack, faq) for name in arguments.scenarios}
        questions = {name: endless(listed, cached=name == "cached") for name in running}
        for name, parts in running.items():
            for _ in range(5 if name == "cached" else 1):  # until the cache has all
                _ask(parts, questions[name], 2)
        if arguments.crowd:
            for name, parts in running.items():
                asyncio.run(crowd(name, parts.target, questions[name], arguments.crowd, arguments.seconds))
            return
        costs = measure(running, questions, arguments.rounds, arguments.seconds)
    show(costs)


def start(name: str, stack: ExitStack, faq: str) -> Parts:
    """Start the processes of a scenario."""
    parts = Parts(stack)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if name == "flask":
        parts.target = parts.start("Flask", started_peer("flask", faq))
        return parts
    environment: dict[str, str] = {"FAQ_LOG": "none"}
    endpoints = None
    if name in ("service", "cached", "rasa-remote"):
        shown = "data/faq" if name == "rasa-remote" else faq
        settings = {"faq": shown, "log": "none", "reload_seconds": 0.0, "cache_dir": f".faq/{Path(shown).stem}"}
        limits = {"FAQ_SERVE_CACHE": str(name == "cached").lower(), "FAQ_SERVE_MAX_WAITING": "64"}
        serving = parts.start("faq serve", Serving(folder, settings, **limits))
        parts.target = Target(f"{serving.url}/v1/answer", question_body)
        environment["FAQ_SERVICE_URL"] = serving.url
    if name in ("service", "cached"):
        return parts
    if name == "two-rasas":
        endpoints = ROOT / "deploy/endpoints.production.yml"
        database = urlsplit(parts.start("PostgreSQL", Postgres()).new_database())
        redis = parts.start("Redis", RedisServer(folder))
        environment |= {"SANIC_WORKERS": "2", "POSTGRES_HOST": HOST, "POSTGRES_PORT": str(database.port)}
        environment |= {"POSTGRES_DB": database.path.strip("/"), "POSTGRES_USER": str(database.username)}
        environment |= {"POSTGRES_PASSWORD": str(database.password), "REDIS_HOST": HOST}
        environment |= {"REDIS_PORT": str(redis.port), "REDIS_PASSWORD": redis.password}
    bot = parts.start("Rasa", Bot(folder, ROOT, None, endpoints, **environment))
    parts.pids["action server"] = parts.pids["Rasa"] - {bot.rasa.pid}
    parts.pids["Rasa"] = {bot.rasa.pid}
    parts.target = Target(f"http://{HOST}:{bot.port}/webhooks/rest/webhook", message_body)
    return parts


def _ask(parts: Parts, questions: Iterator[str], seconds: float) -> Load:
    return closed_loop(parts.target.url, parts.target.body, questions, _CLIENTS, seconds)


def measure(
    running: dict[str, Parts], questions: dict[str, Iterator[str]], rounds: int, seconds: float
) -> dict[str, dict[str, list[float]]]:
    """Return milliseconds of processor time a message, by scenario and part, one figure each round."""
    costs: dict[str, dict[str, list[float]]] = {
        name: {part: [] for part in [*parts.pids, "client"]} for name, parts in running.items()
    }
    draw = random.Random(0)
    for _ in range(rounds):
        for name in draw.sample(list(running), len(running)):
            before = running[name].seconds()
            load = _ask(running[name], questions[name], seconds)
            count = max(len(load.latencies), 1)
            if load.refused:
                print(f"{name}: {load.refused} of {count} not answered ({load.statuses})")
            for part, used in running[name].seconds().items():
                costs[name][part].append(1000 * (used - before[part]) / count)
            costs[name]["client"].append(1000 * load.cpu * load.seconds / count)
    return costs


def show(costs: dict[str, dict[str, list[float]]]) -> None:
    """Print the costs, and the cores that rates of messages need; the client's are left out of these."""
    print("| scenario | part | ms of processor time a message, median [95%] |\n| --- | --- | --- |")
    sums = {}
    for name, parts in costs.items():
        for part, figures in parts.items():
            print(f"| {name} | {part} | {interval(figures)} |")
        sums[name] = sum(statistics.median(figures) for part, figures in parts.items() if part != "client")
        print(f"| {name} | all but the client | {sums[name]:.3g} |")
    heads = " | ".join(f"{rate:,}/s" for rate in RATES)
    print(f"\n| scenario | a core carries | eight carry | {heads} |\n| --- | --- | --- |{' --- |' * len(RATES)}")
    for name, milliseconds in sums.items():
        carried = _BUSY * 1000 / milliseconds
        cores = " | ".join(f"{math.ceil(rate / carried):,}" for rate in RATES)
        print(f"| {name} | {carried:.0f}/s | {8 * carried:.0f}/s | {cores} |")
    print(f"cores at {_BUSY:.0%} of their time, of {os.cpu_count()} here")


async def crowd(name: str, target: Target, questions: Iterator[str], users: int, seconds: float) -> None:
    """Let users send at once, each the next message after its answer; print what they get."""
    sentences = {text for voice in map(Voices("zh").of, ("zh", "en")) for text in voice.responses["utter_unavailable"]}
    waited: dict[str, list[float]] = {"answered": [], "asked to come again": [], "no answer": []}
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        begun = time.perf_counter()

        async def user() -> None:
            while time.perf_counter() < begun + seconds:
                sent = time.perf_counter()
                kind = await _kind(session, target, next(questions), sentences)
                waited[kind].append(time.perf_counter() - sent)
                await asyncio.sleep(random.uniform(2, 5))

        await asyncio.gather(*(user() for _ in range(users)))
        took = time.perf_counter() - begun
    print(f"{name}: {users:,} users at once, {took:.0f} s")
    for kind, times in waited.items():
        if len(times) > 1:
            p50, p99 = (statistics.quantiles(times, n=100, method="inclusive")[place - 1] for place in (50, 99))
            print(f"  {kind}: {len(times):,}, {len(times) / took:.0f}/s, p50 {p50:.2f} s, p99 {p99:.2f} s")


async def _kind(session: aiohttp.ClientSession, target: Target, question: str, sentences: set[str]) -> str:
    try:
        async with session.post(target.url, json=target.body(question)) as response:
            messages: Any = await response.json(content_type=None)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return "no answer"
    if not isinstance(messages, list) or not messages:
        return "no answer"
    return "asked to come again" if messages[0].get("text") in sentences else "answered"


if __name__ == "__main__":
    main()
