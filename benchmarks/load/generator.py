"""Requests at a fixed rate, or by clients that wait for each answer; latency counts from when a request was due."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

TIMEOUT = 30.0
Body = Callable[[str], dict[str, Any]]


@dataclass
class Load:
    """Results of a run; times in seconds.

    `latencies` are of answers with status 200, from the intended send time to the end of the answer; `late` holds the
    delay of the generator for each request; `cpu` is the number of cores that the generator used.
    """

    seconds: float
    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    cpu: float = 0.0

    @property
    def served(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: int) -> float:
        """Compute a percentile of the latencies in milliseconds; NaN for fewer than two."""
        if len(self.latencies) < 2:
            return float("nan")
        return 1000 * statistics.quantiles(self.latencies, n=100, method="inclusive")[share - 1]

    @property
    def refused(self) -> int:
        """Number of requests with another status, or without an answer (status 0)."""
        return sum(count for status, count in self.statuses.items() if status != 200)


def open_loop(url: str, body: Body, questions: Iterator[str], rate: float, seconds: float) -> Load:
    """Send `rate` requests a second for some seconds, each when it is due, whether or not others are answered."""
    gc.collect()
    gc.disable()  # garbage collection over thousands of pending requests would delay it by tens of milliseconds
    try:
        return asyncio.run(_open_loop(url, body, questions, rate, seconds))
    finally:
        gc.enable()


def closed_loop(url: str, body: Body, questions: Iterator[str], clients: int, seconds: float) -> Load:
    """Run clients that send their next request when the last one is answered."""
    return asyncio.run(_closed_loop(url, body, questions, clients, seconds))


async def _open_loop(url: str, body: Body, questions: Iterator[str], rate: float, seconds: float) -> Load:
    load = Load(seconds)
    async with _session() as session:
        begun, before = time.perf_counter() + 0.1, time.process_time()
        running = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            elif number % 20 == 0:
                await asyncio.sleep(0)  # behind its plan: still let answers be read
            running.append(asyncio.create_task(_ask(session, url, body(next(questions)), due, load)))
        await asyncio.gather(*running)
        load.cpu = (time.process_time() - before) / (time.perf_counter() - begun)
    return load


async def _closed_loop(url: str, body: Body, questions: Iterator[str], clients: int, seconds: float) -> Load:
    load = Load(seconds)
    async with _session() as session:
        begun, before = time.perf_counter(), time.process_time()

        async def client() -> None:
            while (now := time.perf_counter()) < begun + seconds:
                await _ask(session, url, body(next(questions)), now, load)

        await asyncio.gather(*(client() for _ in range(clients)))
        load.seconds = time.perf_counter() - begun
        load.cpu = (time.process_time() - before) / load.seconds
    return load


async def _ask(session: aiohttp.ClientSession, url: str, body: dict[str, Any], due: float, load: Load) -> None:
    load.late.append(time.perf_counter() - due)
    try:
        async with session.post(url, json=body) as response:
            await response.read()
            status = response.status
    except (aiohttp.ClientError, asyncio.TimeoutError):
        status = 0
    if status == 200:
        load.latencies.append(time.perf_counter() - due)
    load.statuses[status] = load.statuses.get(status, 0) + 1


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=TIMEOUT))


def pin(core: int | None) -> str:
    """Pin this process to a core if one is given; describe the placement of the generator for the table."""
    if core is None:
        return f"generator shares the {os.cpu_count()} cores with what it measures"
    os.sched_setaffinity(0, {core})
    return f"generator on core {core}, what it measures on the others"


def others(core: int | None) -> set[int]:
    """Return the cores that remain for what is measured."""
    return set(range(os.cpu_count() or 1)) - ({core} if core is not None else set())
