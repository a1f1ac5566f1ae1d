"""Hours of load with edits going on: ``python -m benchmarks.faults soak --minutes 60``.

Rasa with its action server and ``faq serve`` get questions at 70% of the rate that they can answer, while the FAQ is
edited. Users come and go: each says 20 messages, since Rasa sends the whole conversation with each action, and what
that takes would grow with conversations that never end. Each minute memory, open files and threads of every process are
noted, and the rows of the tables. Memory is the least of the minute's seconds: a refit takes some 70 MB for as long as
it lasts, which is no growth. The slopes are printed with 95% intervals; the first third, in which caches fill, does not
count.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import sqlite3
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from scipy import stats

from benchmarks.machine import machine
from faq_component.evaluation import load_queries
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
from tests.servers import Bot, copy_checkout
from tests.service.faqs import TOKEN
from tests.service.processes import Serving, send

_SHARE = 0.7  # of the rate that is measured at first
_CLIENTS = 4  # of each server
_USERS, _MESSAGES = 200, 20  # at the same time; of each, until another takes the place
_MEASURED_SECONDS = 20
_EDIT_SECONDS = 15
_SAMPLE_SECONDS = 60
_MEGABYTE_PER_HOUR = 1.0  # the pass line, of each process
_JUDGED_MINUTES = 30  # a shorter run sees caches fill
_TABLES = ("conversations.sqlite", "checkout/.faq/usage.sqlite")  # each with its table of events

Ask = Callable[[str], bool]


class Load:
    """Clients of a server, at a share of the rate that it can answer.

    Args:
        ask: asks a question; returns whether it was answered.
        texts: the questions, again and again.
    """

    def __init__(self, ask: Ask, texts: Sequence[str]) -> None:
        self._ask = ask
        self._texts = itertools.cycle(texts)
        self._lock = threading.Lock()
        self.answered = self.failed = 0
        self.rate = 0.0

    def measure(self) -> None:
        """Measure the rate of questions that the server can answer, a second."""
        begun, before = time.monotonic(), self.answered
        self._run(begun + _MEASURED_SECONDS, 0.0)
        self.rate = (self.answered - before) / (time.monotonic() - begun)

    def run(self, until: float) -> None:
        """Ask at 70% of that rate until a moment of `time.monotonic`."""
        self._run(until, _CLIENTS / (_SHARE * self.rate))

    def _run(self, until: float, pause: float) -> None:
        def client(number: int) -> None:
            due = time.monotonic() + pause * number / _CLIENTS
            while (now := time.monotonic()) < until:
                time.sleep(max(due - now, 0.0))
                due += pause
                with self._lock:
                    text = next(self._texts)
                answered = self._answered(text)
                with self._lock:
                    self.answered += answered
                    self.failed += not answered

        with ThreadPoolExecutor(_CLIENTS) as clients:
            list(clients.map(client, range(_CLIENTS)))

    def _answered(self, text: str) -> bool:
        try:
            return self._ask(text)
        except Exception:  # whatever a client of HTTP raises
            return False


class Samples:
    """What is noted each minute, by name: the moments in hours, and the values."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._values: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._least: dict[str, float] = {}  # memory since the last minute

    def watch(self, processes: dict[str, int]) -> None:
        """Keep the least memory of each process since the last minute."""
        for name, process in processes.items():
            self._least[name] = min(self._least.get(name, math.inf), _megabytes(process))

    def take(self, processes: dict[str, int], folder: Path) -> None:
        """Note what processes hold, and how many rows the tables in a folder have."""
        hours = (time.monotonic() - self._begun) / 3600
        for name, process in processes.items():
            place = Path(f"/proc/{process}")
            values = {
                "MB": self._least.pop(name, _megabytes(process)),
                "open files": len(list((place / "fd").iterdir())),
                "threads": len(list((place / "task").iterdir())),
            }
            for noun, value in values.items():
                self._values[f"{name}, {noun}"].append((hours, value))
        for file in map(folder.joinpath, _TABLES):
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
                (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
            self._values[f"{file.name}, rows"].append((hours, count))

    def report(self) -> list[str]:
        """Print each slope with its 95% interval; return the processes that surely grow by more than the pass line."""
        growing = []
        for name, noted in self._values.items():
            kept = noted[len(noted) // 3 :]
            hours, values = zip(*kept, strict=True)
            line = f"{name:34} {values[0]:12,.1f} to {values[-1]:12,.1f}"
            if len(kept) > 2:
                fitted = stats.linregress(hours, values)
                width = float(stats.t.ppf(0.975, len(kept) - 2) * fitted.stderr)
                line += f"   {fitted.slope:+10.2f} an hour [{fitted.slope - width:+.2f}, {fitted.slope + width:+.2f}]"
                if name.endswith(" MB") and fitted.slope - width > _MEGABYTE_PER_HOUR:
                    growing.append(name)
            print(line)
        return growing


def _megabytes(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _sender(number: int) -> str:
    """Return the sender of the n-th message, of users that take turns."""
    turn, user = divmod(number, _USERS)
    return f"user-{turn // _MESSAGES}-{user}"


def _keep_editing(folder: Path, ended: threading.Event) -> int:
    """Edit a post of a topic again and again; return how often."""
    store, count = open_store(str(folder)), 0
    while not ended.wait(_EDIT_SECONDS):
        count += 1

        def edited(faq: Faq, number: int = count) -> Faq:
            first, *others = faq.topics
            return Faq.of([replace(first, posts=(*first.posts[:3], f"第{number}次修改的问法")), *others])

        store.edit(edited, who="soak", what=str(count))
    return count


def main(given: Sequence[str] | None = None) -> int:
    """Run the load, and print the slopes; 1 where a request failed or a process grows."""
    parser = argparse.ArgumentParser(prog="benchmarks.faults soak", description="hours of load with edits going on")
    parser.add_argument("--minutes", type=float, default=60, help="how long (60)")
    minutes = parser.parse_args(given).minutes
    texts = [query.text for query in load_queries("data/held_out.json", load_faq("data/faq"))]
    numbers = itertools.count()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout = copy_checkout(folder / "checkout")
        kept = {
            "faq": str(checkout / "data/faq"),
            "cache_dir": str(folder / "serve"),
            "log": str(folder / "usage.sqlite"),
        }
        with Bot(folder, checkout) as bot, Serving(folder, kept) as service:

            def ask_service(text: str) -> bool:
                reply = send(service.port, "POST", "/v1/answer", {"text": text}, Authorization=f"Bearer {TOKEN}")
                return reply.status == 200

            loads = {
                "Rasa": Load(lambda text: bool(bot.say(text, _sender(next(numbers)))), texts),
                "faq serve": Load(ask_service, texts),
            }
            processes = {"Rasa": bot.rasa.pid, "action server": bot.actions.pid, "faq serve": service.process.pid}
            processes |= {f"worker {number}": pid for number, pid in enumerate(service.workers(), 1)}
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(Load.measure, loads.values()))
                if silent := [label for label, load in loads.items() if not load.rate]:
                    raise SystemExit(f"{silent} answered nothing; train the bot first: `make train`")
                samples, until, ended = Samples(), time.monotonic() + 60 * minutes, threading.Event()
                running = [pool.submit(load.run, until) for load in loads.values()]
                editing = pool.submit(_keep_editing, checkout / "data/faq", ended)
                try:
                    while (now := time.monotonic()) < until:
                        samples.take(processes, folder)
                        while time.monotonic() < min(now + _SAMPLE_SECONDS, until):
                            time.sleep(1)
                            samples.watch(processes)
                    samples.take(processes, folder)
                finally:
                    ended.set()
                for each in running:
                    each.result()
                edits = editing.result()
            growing = samples.report()
            if minutes < _JUDGED_MINUTES:
                growing = []
    for label, load in loads.items():
        print(f"{label}: {load.rate * _SHARE:.1f} questions a second, {load.answered:,} answered, {load.failed} failed")
    failed = sum(load.failed for load in loads.values())
    judged = f"growing: {', '.join(growing) or 'none'}" if minutes >= _JUDGED_MINUTES else "too short to judge growth"
    print(f"{minutes:g} minutes, {edits} edits, {failed} requests failed; {judged}")
    return int(bool(failed or growing))


if __name__ == "__main__":
    raise SystemExit(main())
