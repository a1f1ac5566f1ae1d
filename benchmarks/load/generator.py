"""Requests at a fixed rate, or by clients that wait for each answer; latency counted from when it was due."""

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
    """What a run gave. Times in seconds.

    `latencies` are those of status 200, from the intended send time to the end of the answer; `late` is how far behind
    its plan the generator sent each request; `cpu` is the share of one core that the generator took.
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
        """A percentile of the latencies in milliseconds; NaN where there are fewer than two."""
        if len(self.latencies) < 2:
            return float("nan")
        return 1000 * statistics.quantiles(self.latencies, n=100, method="inclusive")[share - 1]

    @property
    def refused(self) -> int:
        """Requests that were answered with another status, or not at all (status 0)."""
        return sum(count for status, count in self.statuses.items() if status != 200)


def open_loop(url: str, body: Body, questions: Iterator[str], rate: float, seconds: float) -> Load:
    """`rate` requests a second for so many seconds, each sent when it is due, whether or not others are answered."""
    gc.collect()
    gc.disable()  # a collection over thousands of requests under way would make it late by tens of milliseconds
    try:
        return asyncio.run(_open_loop(url, body, questions, rate, seconds))
    finally:
        gc.enable()


def closed_loop(url: str, body: Body, questions: Iterator[str], clients: int, seconds: float) -> Load:
    """So many clients, each of which sends its next request when the one before is answered."""
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
                await asyncio.sleep(0)  # behind its plan: answers are to be read all the same
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
    """Keep this process to one core, if one is named; returns how the generator is placed, for the table."""
    if core is None:
        return f"generator shares the {os.cpu_count()} cores with what it measures"
    os.sched_setaffinity(0, {core})
    return f"generator on core {core}, what it measures on the others"


def others(core: int | None) -> set[int]:
    """The cores that are left for what is measured."""
    return set(range(os.cpu_count() or 1)) - ({core} if core is not None else set())
