"""Waits of others while somebody sends messages of 10,000 characters: ``python -m benchmarks.long_waits``.

Real servers, Rasa and `faq serve`. Four clients ask questions, one after the other with pauses; then they do so again
while another client sends long messages of each kind without a pause. Median and 99th percentile of the others' waits
are printed; 1 is returned where the median of them is over `MOST_SECONDS` longer with the long messages.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from faq_component.evaluation.queries import load_queries
from faq_component.knowledge.checking import load_faq
from tests.servers import Bot, copy_checkout, new_sender
from tests.service.faqs import TOKEN
from tests.service.processes import Serving, send

LENGTH = 10_000  # characters
MOST_SECONDS = 0.5
_CLIENTS = 4
_PAUSE_SECONDS = 0.2

Say = Callable[[str], object]


def long_texts(length: int = LENGTH) -> Mapping[str, str]:
    """Return a text of each kind: known words, unknown characters, one long word, many short ones, many sentences."""
    draw = random.Random(30)
    return {
        "known words": ("我想问一下退货的运费由谁承担还有发票怎么开" * length)[:length],
        "unknown characters": "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(length)),
        "one word": "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length)),
        "short words": ("a1 b2 " * length)[:length],
        "sentences": ("怎么退货？多少钱！can I return it? " * length)[:length],
    }


def waits(say: Say, texts: list[str], seconds: float) -> list[float]:
    """Return how long each question took, in seconds."""
    until, found = time.monotonic() + seconds, []

    def client(number: int) -> list[float]:
        taken = []
        for text in itertools.islice(itertools.cycle(texts), number, None, _CLIENTS):
            if time.monotonic() > until:
                break
            begun = time.monotonic()
            say(text)
            taken.append(time.monotonic() - begun)
            time.sleep(_PAUSE_SECONDS)
        return taken

    with ThreadPoolExecutor(_CLIENTS) as pool:
        for taken in pool.map(client, range(_CLIENTS)):
            found += taken
    return found


def beside(say: Say, text: str, texts: list[str], seconds: float) -> tuple[list[float], int]:
    """Return the waits of others beside long messages, and how many of these were sent."""
    ended, sent = threading.Event(), 0

    def flood() -> None:
        nonlocal sent
        while not ended.is_set():
            say(f"{text[: LENGTH - 8]}{sent:08}")
            sent += 1

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        return waits(say, texts, seconds), sent
    finally:
        ended.set()
        thread.join()


def main() -> int:
    """Measure, and print a line for each kind."""
    parser = argparse.ArgumentParser(description="waits of others beside long messages")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement (20)")
    seconds = parser.parse_args().seconds
    texts = [query.text for query in load_queries("data/held_out.json", load_faq("data/faq"))]
    print(machine())
    slow = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout = copy_checkout(folder / "checkout")
        kept = {"cache_dir": str(folder / "serve"), "log": str(folder / "usage.sqlite")}
        with Bot(folder, checkout) as bot, Serving(folder, kept) as service:
            servers: dict[str, Say] = {
                "Rasa": lambda text: bot.say(text, new_sender()),
                "faq serve": lambda text: send(
                    service.port, "POST", "/v1/answer", {"text": text}, Authorization=f"Bearer {TOKEN}"
                ),
            }
            for server, say in servers.items():
                waits(say, texts, 3)  # what is loaded at the first question
                alone = waits(say, texts, seconds)
                print(_line(server, "nothing", alone, 0), flush=True)
                for kind, text in long_texts().items():
                    found, sent = beside(say, text, texts, seconds)
                    print(_line(server, kind, found, sent), flush=True)
                    slow += float(np.median(found)) - float(np.median(alone)) > MOST_SECONDS
    print(f"{slow} of {2 * len(long_texts())} medians over {MOST_SECONDS} s longer beside long messages")
    return int(slow > 0)


def _line(server: str, kind: str, found: list[float], sent: int) -> str:
    median, most = np.percentile(found, (50, 99))
    return f"{server:10} beside {kind:20} n {len(found):4}  p50 {median:6.3f} s  p99 {most:6.3f} s  ({sent} long ones)"


if __name__ == "__main__":
    raise SystemExit(main())
